#pragma once
// Event selectors as they travel. Source: CloudTrail API Reference, EventSelector, DataResource,
// AdvancedEventSelector, AdvancedFieldSelector.
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api::cloudtrail_ops {

struct DataResourceEntity {
  std::optional<std::string> type;
  std::optional<std::vector<std::string>> values;
  static constexpr auto shape() {
    using D = DataResourceEntity;
    return fields(body<&D::type>("Type"), body<&D::values>("Values"));
  }
};
struct EventSelectorEntity {
  std::optional<std::string> read_write;
  std::optional<bool> management;
  std::optional<std::vector<DataResourceEntity>> data;
  std::optional<std::vector<std::string>> excluded;
  static constexpr auto shape() {
    using E = EventSelectorEntity;
    return fields(body<&E::read_write>("ReadWriteType", {.values = "ReadOnly|WriteOnly|All"}),
                  body<&E::management>("IncludeManagementEvents"), body<&E::data>("DataResources"),
                  body<&E::excluded>("ExcludeManagementEventSources"));
  }
};
struct FieldSelectorEntity {
  std::string field;
  std::optional<std::vector<std::string>> equals, starts_with, ends_with, not_equals,
      not_starts_with, not_ends_with;
  static constexpr auto shape() {
    using F = FieldSelectorEntity;
    return fields(body<&F::field>("Field", {.min = 1, .max = 1000}), body<&F::equals>("Equals"),
                  body<&F::starts_with>("StartsWith"), body<&F::ends_with>("EndsWith"),
                  body<&F::not_equals>("NotEquals"), body<&F::not_starts_with>("NotStartsWith"),
                  body<&F::not_ends_with>("NotEndsWith"));
  }
};
struct AdvancedSelectorEntity {
  std::optional<std::string> name;
  std::vector<FieldSelectorEntity> fields_of;
  static constexpr auto shape() {
    using A = AdvancedSelectorEntity;
    return fields(body<&A::name>("Name", {.max = 1000}),
                  body<&A::fields_of>("FieldSelectors", {.required = true, .min = 1}));
  }
};
struct SelectorLists {
  std::optional<std::vector<EventSelectorEntity>> basic;
  std::optional<std::vector<AdvancedSelectorEntity>> advanced;
  static constexpr auto shape() {
    using S = SelectorLists;
    return fields(body<&S::basic>("EventSelectors"), body<&S::advanced>("AdvancedEventSelectors"));
  }
};
audit::Selectors selectors_of(const SelectorLists& lists);
// shown answers them with every member; a trail without any has the one that takes all management
// events.
SelectorLists shown(const audit::Selectors& selectors);
void note_selectors(Call& call, const audit::Selectors& selectors);

// SelectorAnswer is what both operations answer.
struct SelectorAnswer {
  std::string arn;
  SelectorLists lists;
  static constexpr auto shape() {
    return fields(body<&SelectorAnswer::arn>("TrailARN"), group<&SelectorAnswer::lists>());
  }
};

}  // namespace coffer::api::cloudtrail_ops
