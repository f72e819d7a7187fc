#pragma once
// What an event can be looked up by, in the terms of LookupEvents. Pure.
// Source: CloudTrail API Reference, LookupEvents, LookupAttribute and Resource.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"

namespace coffer::audit {

// The numbers are those of the index's files. kAny: every management event of the account;
// kEverything: the data events as well.
enum class Attribute : uint8_t {
  kAny = 0,
  kEventId = 1,
  kEventName = 2,
  kReadOnly = 3,
  kUsername = 4,
  kResourceType = 5,
  kResourceName = 6,
  kEventSource = 7,
  kAccessKeyId = 8,
  kEverything = 9,
};

struct NamedResource {
  std::string type, name;  // "AWS::KMS::Key", its ARN; "AWS::S3::Bucket", its name
};
std::vector<NamedResource> named_resources(const Event& event);

// username_of and shown_access_key are empty where the event's account may not learn them: another
// account's caller, a service.
std::string username_of(const Event& event);
std::string shown_access_key(const Event& event);

// has tells whether the event is found by `value` of `attribute` (kAny, kEverything: any).
bool has(const Event& event, Attribute attribute, std::string_view value);
// for_each_value names every attribute and value that the event is found by; some twice.
void for_each_value(const Event& event,
                    const std::function<void(Attribute, std::string_view)>& found);

}  // namespace coffer::audit
