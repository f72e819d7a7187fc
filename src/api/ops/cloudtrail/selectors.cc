#include "api/ops/cloudtrail/selectors.h"

#include <nlohmann/json.hpp>

namespace coffer::api::cloudtrail_ops {
namespace {

using Json = nlohmann::ordered_json;
using Texts = std::vector<std::string>;
using audit::ReadWrite;

constexpr std::string_view kReadWrite[] = {"All", "ReadOnly", "WriteOnly"};

std::optional<Texts> if_any(const Texts& list) {
  return list.empty() ? std::nullopt : std::optional(list);
}

ReadWrite read_write_of(const std::optional<std::string>& text) {
  return text == "ReadOnly"    ? ReadWrite::kReadOnly
         : text == "WriteOnly" ? ReadWrite::kWriteOnly
                               : ReadWrite::kAll;
}

Json json_of(const audit::EventSelector& s) {
  Json data = Json::array();
  for (const audit::DataResource& resource : s.data)
    data.push_back({{"type", resource.type}, {"values", resource.values}});
  return {{"readWriteType", kReadWrite[static_cast<size_t>(s.read_write)]},
          {"includeManagementEvents", s.management},
          {"dataResources", data},
          {"excludeManagementEventSources", s.excluded_sources}};
}

Json json_of(const audit::AdvancedSelector& s) {
  Json list = Json::array();
  for (const audit::FieldSelector& f : s.fields) {
    Json field{{"field", f.field}};
    const auto add = [&](const char* name, const Texts& values) {
      if (!values.empty()) field[name] = values;
    };
    add("equals", f.equals);
    add("startsWith", f.starts_with);
    add("endsWith", f.ends_with);
    add("notEquals", f.not_equals);
    add("notStartsWith", f.not_starts_with);
    add("notEndsWith", f.not_ends_with);
    list.push_back(std::move(field));
  }
  return {{"name", s.name}, {"fieldSelectors", list}};
}

}  // namespace

audit::Selectors selectors_of(const SelectorLists& lists) {
  audit::Selectors out;
  for (const auto& s : lists.basic.value_or(std::vector<EventSelectorEntity>())) {
    audit::EventSelector& one = out.basic.emplace_back();
    one.read_write = read_write_of(s.read_write);
    one.management = s.management.value_or(true);
    one.excluded_sources = s.excluded.value_or(Texts());
    for (const auto& d : s.data.value_or(std::vector<DataResourceEntity>()))
      one.data.push_back({d.type.value_or(""), d.values.value_or(Texts())});
  }
  for (const auto& s : lists.advanced.value_or(std::vector<AdvancedSelectorEntity>())) {
    audit::AdvancedSelector& one = out.advanced.emplace_back();
    one.name = s.name.value_or("");
    for (const FieldSelectorEntity& f : s.fields_of)
      one.fields.push_back({f.field, f.equals.value_or(Texts()), f.starts_with.value_or(Texts()),
                            f.ends_with.value_or(Texts()), f.not_equals.value_or(Texts()),
                            f.not_starts_with.value_or(Texts()),
                            f.not_ends_with.value_or(Texts())});
  }
  return out;
}

SelectorLists shown(const audit::Selectors& selectors) {
  SelectorLists out;
  if (!selectors.advanced.empty()) {
    auto& list = out.advanced.emplace();
    for (const audit::AdvancedSelector& s : selectors.advanced) {
      AdvancedSelectorEntity& one = list.emplace_back();
      one.name = s.name;
      for (const audit::FieldSelector& f : s.fields)
        one.fields_of.push_back({f.field, if_any(f.equals), if_any(f.starts_with),
                                 if_any(f.ends_with), if_any(f.not_equals),
                                 if_any(f.not_starts_with), if_any(f.not_ends_with)});
    }
    return out;
  }
  auto& list = out.basic.emplace();
  const std::vector<audit::EventSelector> every(1);
  for (const audit::EventSelector& s : selectors.basic.empty() ? every : selectors.basic) {
    EventSelectorEntity& one = list.emplace_back();
    one.read_write = std::string(kReadWrite[static_cast<size_t>(s.read_write)]);
    one.management = s.management;
    auto& data = one.data.emplace();
    for (const audit::DataResource& resource : s.data) {
      DataResourceEntity& entity = data.emplace_back();
      entity.type = resource.type;
      entity.values = resource.values;
    }
    one.excluded = s.excluded_sources;
  }
  return out;
}

void note_selectors(Call& call, const audit::Selectors& selectors) {
  Json basic = Json::array(), advanced = Json::array();
  for (const audit::EventSelector& s : selectors.basic) basic.push_back(json_of(s));
  for (const audit::AdvancedSelector& s : selectors.advanced) advanced.push_back(json_of(s));
  const auto text = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  if (!basic.empty()) note_json(call, "eventSelectors", text(basic));
  if (!advanced.empty()) note_json(call, "advancedEventSelectors", text(advanced));
}

}  // namespace coffer::api::cloudtrail_ops
