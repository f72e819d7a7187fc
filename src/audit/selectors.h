#pragma once
// Selectors say which events a trail takes. Pure.
// Source: CloudTrail API Reference, EventSelector, DataResource, AdvancedEventSelector and
// AdvancedFieldSelector; CloudTrail User Guide, "Logging data events".
#include <string>
#include <vector>

#include "audit/event.h"
#include "base/wire.h"

namespace coffer::audit {

struct DataResource {
  std::string type;                 // "AWS::S3::Object"
  std::vector<std::string> values;  // "arn:aws:s3:::bucket/prefix"; "arn:aws:s3" is every object
};

enum class ReadWrite : uint8_t { kAll = 0, kReadOnly = 1, kWriteOnly = 2 };

struct EventSelector {
  ReadWrite read_write = ReadWrite::kAll;
  bool management = true;
  std::vector<DataResource> data;
  std::vector<std::string> excluded_sources;  // of management events
};

struct FieldSelector {
  std::string field;  // "resources.ARN"
  // One of the first three must fit where there is any, and none of the others.
  std::vector<std::string> equals, starts_with, ends_with, not_equals, not_starts_with,
      not_ends_with;
};
struct AdvancedSelector {
  std::string name;
  std::vector<FieldSelector> fields;  // all must fit
};

// Selectors are basic or advanced, never both. Neither: all management events.
struct Selectors {
  std::vector<EventSelector> basic;
  std::vector<AdvancedSelector> advanced;
};

bool selects(const Selectors& selectors, const Event& event);
// may_take_data tells whether any data event could be selected.
bool may_take_data(const Selectors& selectors);
// check_selectors: InvalidEventSelectorsException, in AWS's terms.
Status check_selectors(const Selectors& selectors);

void put_selectors(Writer& w, const Selectors& selectors);
Selectors get_selectors(Reader& r);

}  // namespace coffer::audit
