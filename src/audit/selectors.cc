#include "audit/selectors.h"

#include <algorithm>
#include <functional>

namespace coffer::audit {
namespace {

constexpr std::string_view kBucketArn = "arn:aws:s3:::";
constexpr size_t kSelectorsMax = 5;
constexpr size_t kResourcesMax = 250;       // of all basic selectors
constexpr size_t kFieldSelectorsMax = 500;  // values of all advanced selectors

constexpr std::string_view kBasicTypes[] = {"AWS::S3::Object", "AWS::Lambda::Function",
                                            "AWS::DynamoDB::Table"};
constexpr std::string_view kExcludable[] = {"kms.amazonaws.com", "rdsdata.amazonaws.com"};
constexpr std::string_view kFields[] = {
    "eventCategory",    "readOnly",       "eventSource",
    "eventName",        "resources.type", "resources.ARN",
    "userIdentity.arn", "eventType",      "sessionCredentialFromConsole",
};

using Texts = std::vector<std::string>;

template <class List>
bool lists(const List& list, std::string_view value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

bool fits(ReadWrite wanted, bool read_only) {
  return wanted == ReadWrite::kAll || (wanted == ReadWrite::kReadOnly) == read_only;
}

std::string_view type_of_data(const Event& e) {
  return e.source == "s3express.amazonaws.com" ? "AWS::S3Express::Object" : "AWS::S3::Object";
}

// data_arn is the object's ARN; of what concerns a whole bucket, as listing does, the ARN that its
// objects' begin with.
std::string data_arn(const Event& e) {
  for (const ResourceRef& ref : e.resources)
    if (ref.type.ends_with("::Object")) return ref.arn;
  for (const ResourceRef& ref : e.resources)
    if (ref.type == "AWS::S3::Bucket") return ref.arn + "/";
  return e.resources.empty() ? std::string() : e.resources.front().arn;
}

bool takes(const EventSelector& selector, const Event& e) {
  if (!fits(selector.read_write, e.read_only)) return false;
  if (e.category == Category::kManagement)
    return selector.management && !lists(selector.excluded_sources, e.source);
  const std::string arn = data_arn(e);
  for (const DataResource& resource : selector.data) {
    if (resource.type != type_of_data(e)) continue;
    for (const std::string& value : resource.values)
      if (value == "arn:aws:s3" || arn.starts_with(value)) return true;
  }
  return false;
}

std::string field_value(std::string_view field, const Event& e) {
  if (field == "eventCategory") return e.category == Category::kData ? "Data" : "Management";
  if (field == "readOnly") return e.read_only ? "true" : "false";
  if (field == "eventSource") return e.source;
  if (field == "eventName") return e.name;
  if (field == "eventType")
    return e.type == EventType::kServiceEvent ? "AwsServiceEvent" : "AwsApiCall";
  if (field == "userIdentity.arn") return e.identity.arn;
  if (field == "resources.type" && e.category == Category::kData)
    return std::string(type_of_data(e));
  if (field == "resources.ARN" && e.category == Category::kData) return data_arn(e);
  return {};
}

bool takes(const FieldSelector& selector, const Event& e) {
  const std::string value = field_value(selector.field, e);
  const auto begins = [&](const std::string& part) { return value.starts_with(part); };
  const auto ends = [&](const std::string& part) { return value.ends_with(part); };
  const auto any = [](const Texts& list, const auto& test) {
    return std::any_of(list.begin(), list.end(), test);
  };
  const bool positive =
      !selector.equals.empty() || !selector.starts_with.empty() || !selector.ends_with.empty();
  if (positive && !lists(selector.equals, value) && !any(selector.starts_with, begins) &&
      !any(selector.ends_with, ends))
    return false;
  return !lists(selector.not_equals, value) && !any(selector.not_starts_with, begins) &&
         !any(selector.not_ends_with, ends);
}

bool takes(const AdvancedSelector& selector, const Event& e) {
  return std::all_of(selector.fields.begin(), selector.fields.end(),
                     [&](const FieldSelector& field) { return takes(field, e); });
}

Error invalid(std::string message) {
  return Error{"InvalidEventSelectorsException", std::move(message)};
}

Status check_basic(const std::vector<EventSelector>& selectors) {
  size_t resources = 0;
  for (const EventSelector& selector : selectors) {
    for (const std::string& source : selector.excluded_sources)
      if (!lists(kExcludable, source))
        return invalid(
            fmt::format("Value {} for ExcludeManagementEventSources is invalid.", source));
    for (const DataResource& resource : selector.data) {
      if (!lists(kBasicTypes, resource.type))
        return invalid(
            fmt::format("The event selector resource type {} is invalid.", resource.type));
      resources += resource.values.size();
      if (resource.type != "AWS::S3::Object") continue;
      for (const std::string& value : resource.values)
        if (value != "arn:aws:s3" && !value.starts_with(kBucketArn))
          return invalid(fmt::format(
              "Value {} for DataResources.Values is invalid. It must be a valid ARN.", value));
    }
  }
  if (resources <= kResourcesMax) return ok_status();
  return invalid("The total number of data resources of a trail cannot exceed 250.");
}

const FieldSelector* field_of(const AdvancedSelector& selector, std::string_view name) {
  for (const FieldSelector& field : selector.fields)
    if (field.field == name) return &field;
  return nullptr;
}

size_t values_of(const FieldSelector& f) {
  return f.equals.size() + f.starts_with.size() + f.ends_with.size() + f.not_equals.size() +
         f.not_starts_with.size() + f.not_ends_with.size();
}

Status check_advanced(const AdvancedSelector& selector) {
  for (const FieldSelector& field : selector.fields) {
    if (!lists(kFields, field.field))
      return invalid(fmt::format("The field {} is not a valid field.", field.field));
    if (values_of(field) == 0)
      return invalid(fmt::format("The field selector on {} has no operator.", field.field));
  }
  const FieldSelector* category = field_of(selector, "eventCategory");
  if (!category || category->equals.size() != 1 || values_of(*category) != 1 ||
      (category->equals[0] != "Management" && category->equals[0] != "Data"))
    return invalid(
        "An advanced event selector must have the field eventCategory, set to Equals and one "
        "value.");
  const FieldSelector* type = field_of(selector, "resources.type");
  if (category->equals[0] == "Data" && (!type || type->equals.size() != 1 || values_of(*type) != 1))
    return invalid(
        "An advanced event selector for data events must have the field resources.type, set to "
        "Equals and one value.");
  return ok_status();
}

void put(Writer& w, const Texts& list) {
  w.varint(list.size());
  for (const std::string& text : list) w.bytes(text);
}

Texts get_texts(Reader& r) {
  Texts out(r.count());
  for (std::string& text : out) text = r.str();
  return out;
}

}  // namespace

bool selects(const Selectors& selectors, const Event& event) {
  const auto taken = [&](const auto& selector) { return takes(selector, event); };
  if (!selectors.advanced.empty())
    return std::any_of(selectors.advanced.begin(), selectors.advanced.end(), taken);
  if (selectors.basic.empty()) return event.category == Category::kManagement;
  return std::any_of(selectors.basic.begin(), selectors.basic.end(), taken);
}

bool may_take_data(const Selectors& selectors) {
  for (const EventSelector& selector : selectors.basic)
    if (!selector.data.empty()) return true;
  for (const AdvancedSelector& selector : selectors.advanced) {
    const FieldSelector* category = field_of(selector, "eventCategory");
    if (category && lists(category->equals, "Data")) return true;
  }
  return false;
}

Status check_selectors(const Selectors& selectors) {
  if (selectors.basic.empty() == selectors.advanced.empty())
    return invalid("Specify either EventSelectors or AdvancedEventSelectors, but not both.");
  if (selectors.basic.size() > kSelectorsMax)
    return invalid("A trail cannot have more than five event selectors.");
  TRY_OK(check_basic(selectors.basic));
  size_t values = 0;
  for (const AdvancedSelector& selector : selectors.advanced) {
    TRY_OK(check_advanced(selector));
    for (const FieldSelector& field : selector.fields) values += values_of(field);
  }
  if (values <= kFieldSelectorsMax) return ok_status();
  return invalid("A trail's advanced event selectors cannot have more than 500 values.");
}

void put_selectors(Writer& w, const Selectors& selectors) {
  w.varint(selectors.basic.size());
  for (const EventSelector& s : selectors.basic) {
    w.u8(static_cast<uint8_t>(s.read_write)).u8(s.management ? 1 : 0).varint(s.data.size());
    for (const DataResource& resource : s.data) {
      w.bytes(resource.type);
      put(w, resource.values);
    }
    put(w, s.excluded_sources);
  }
  w.varint(selectors.advanced.size());
  for (const AdvancedSelector& s : selectors.advanced) {
    w.bytes(s.name).varint(s.fields.size());
    for (const FieldSelector& f : s.fields) {
      w.bytes(f.field);
      for (const Texts* list : {&f.equals, &f.starts_with, &f.ends_with, &f.not_equals,
                                &f.not_starts_with, &f.not_ends_with})
        put(w, *list);
    }
  }
}

Selectors get_selectors(Reader& r) {
  Selectors out;
  out.basic.resize(r.count(4));
  for (EventSelector& s : out.basic) {
    const uint8_t which = r.u8(), management = r.u8();
    if (which > 2 || management > 1) r.fail();
    s.read_write = static_cast<ReadWrite>(which);
    s.management = management == 1;
    s.data.resize(r.count(2));
    for (DataResource& resource : s.data) {
      resource.type = r.str();
      resource.values = get_texts(r);
    }
    s.excluded_sources = get_texts(r);
  }
  out.advanced.resize(r.count(2));
  for (AdvancedSelector& s : out.advanced) {
    s.name = r.str();
    s.fields.resize(r.count(7));
    for (FieldSelector& f : s.fields) {
      f.field = r.str();
      for (Texts* list : {&f.equals, &f.starts_with, &f.ends_with, &f.not_equals,
                          &f.not_starts_with, &f.not_ends_with})
        *list = get_texts(r);
    }
  }
  return out;
}

}  // namespace coffer::audit
