#pragma once
// Event is one record of the audit trail, in CloudTrail's terms. Source: CloudTrail User Guide,
// "CloudTrail record contents".
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "authz/context.h"
#include "authz/engine.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace coffer::audit {

// Parameter is one member of requestParameters or responseElements. `json`: the value is JSON text,
// else a plain string. There is no way to put a Secret into one.
struct Parameter {
  std::string name, value;
  bool json = false;
};
struct ResourceRef {
  std::string account, type, arn;  // "AWS::KMS::Key"
};
enum class Category : uint8_t { kManagement = 1, kData = 2 };
enum class EventType : uint8_t { kApiCall = 1, kServiceEvent = 2 };

struct Event {
  std::string event_id;  // UUID; drawn when empty
  UnixMs time_ms = 0;
  std::string source;  // "s3.amazonaws.com"
  std::string name;    // "PutBucketEncryption"
  std::string region;
  EventType type = EventType::kApiCall;
  Category category = Category::kManagement;
  bool read_only = false;
  authz::Principal identity;
  std::string invoked_by;  // "fas.s3.amazonaws.com" where a service called for the caller
  std::string source_ip, user_agent;
  std::string error_code, error_message;  // empty: it succeeded
  std::vector<Parameter> request, response, additional;
  std::vector<ResourceRef> resources;
  std::string request_id;
  std::string recipient_account;
  std::string shared_event_id;
  std::string tls_version, cipher_suite, host;
  std::vector<authz::Decision> decisions;  // ours, for `coffer explain`; never delivered
};

// begin_event fills what the caller's context knows: identity, source address, agent, request ID,
// Region, time, TLS.
Event begin_event(const authz::RequestContext& context, std::string source, std::string name);

// bound_event cuts what is over CloudTrail's limits: texts, parameters (the longest values give way
// first), decisions and resources.
void bound_event(Event& event);

Bytes encode_event(const Event& event);  // the binary record, docs/formats/audit.md
// decode_event's error is not logged: the caller knows where the bytes lay.
Result<Event> decode_event(ByteView bytes);
std::string event_id_of(ByteView bytes);      // of an encoded event; empty: it is none
std::string render_json(const Event& event);  // CloudTrail's JSON, one line
// shown_time is how the trail writes a time that a request or an answer carries: "Aug 10, 2022,
// 10:38:27 PM".
std::string shown_time(UnixMs ms);
}  // namespace coffer::audit
