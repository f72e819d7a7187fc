// LookupEvents finds management events of the last 90 days in the caller's account, newest first:
// what was answered before is found. Events of every Region that this server serves are its own.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
#include <algorithm>
#include <tuple>

#include "api/ops/cloudtrail/cloudtrail.h"
#include "audit/log_index.h"
#include "base/wire.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;
using audit::Attribute;

constexpr int64_t kKeptMs = 90ll * 24 * 3600 * 1000;
constexpr int64_t kResultsMax = 50;

struct KeyName {
  std::string_view name;
  Attribute attribute;
};
constexpr KeyName kKeys[] = {
    {"EventId", Attribute::kEventId},           {"EventName", Attribute::kEventName},
    {"ReadOnly", Attribute::kReadOnly},         {"Username", Attribute::kUsername},
    {"ResourceType", Attribute::kResourceType}, {"ResourceName", Attribute::kResourceName},
    {"EventSource", Attribute::kEventSource},   {"AccessKeyId", Attribute::kAccessKeyId},
};

struct LookupAttribute {
  std::string key, value;
  static constexpr auto shape() {
    return fields(body<&LookupAttribute::key>("AttributeKey"),
                  body<&LookupAttribute::value>("AttributeValue", {.min = 1, .max = 2000}));
  }
};

struct ResourceView {
  std::string type, name;
  static constexpr auto shape() {
    return fields(body<&ResourceView::type>("ResourceType"),
                  body<&ResourceView::name>("ResourceName"));
  }
};

struct EventView {
  std::string id, name, read_only;
  std::optional<std::string> access_key;
  Timestamp time;
  std::string source;
  std::optional<std::string> username;
  std::vector<ResourceView> resources;
  std::string record;
  static constexpr auto shape() {
    using E = EventView;
    return fields(body<&E::id>("EventId"), body<&E::name>("EventName"),
                  body<&E::read_only>("ReadOnly"), body<&E::access_key>("AccessKeyId"),
                  body<&E::time>("EventTime"), body<&E::source>("EventSource"),
                  body<&E::username>("Username"), body<&E::resources>("Resources"),
                  body<&E::record>("CloudTrailEvent"));
  }
};

std::optional<std::string> if_any(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

EventView view_of(const audit::Event& event) {
  EventView out{.id = event.event_id,
                .name = event.name,
                .read_only = event.read_only ? "true" : "false",
                .access_key = if_any(audit::shown_access_key(event)),
                .time = {event.time_ms / 1000 * 1000},
                .source = event.source,
                .username = if_any(audit::username_of(event)),
                .resources = {},
                .record = audit::render_json(event)};
  for (const audit::NamedResource& resource : audit::named_resources(event))
    out.resources.push_back({resource.type, resource.name});
  return out;
}

struct LookupEvents {
  struct Input {
    std::optional<std::vector<LookupAttribute>> attributes;
    std::optional<Timestamp> start, end;
    std::optional<std::string> category;
    std::optional<int64_t> results_max;
    std::optional<std::string> next_token;
    // same tells the parameters that a token belongs to.
    std::string same() const {
      Writer w;
      for (const auto& a : attributes.value_or(std::vector<LookupAttribute>()))
        w.bytes(a.key).bytes(a.value);
      w.u64(start ? static_cast<uint64_t>(start->ms) : 0);
      w.u64(end ? static_cast<uint64_t>(end->ms) : UINT64_MAX);
      return w.take();
    }
  };
  struct Output {
    std::vector<EventView> events;
    std::optional<std::string> next_token;
  };

  static constexpr OpSpec spec{
      .service = Service::kCloudTrail, .name = "LookupEvents", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::attributes>("LookupAttributes"), body<&Input::start>("StartTime"),
             body<&Input::end>("EndTime"), body<&Input::category>("EventCategory"),
             body<&Input::results_max>("MaxResults"), body<&Input::next_token>("NextToken"));
  static constexpr auto output =
      fields(body<&Output::events>("Events"), body<&Output::next_token>("NextToken"));

  static void note_input(const Input& in, Call& call) {
    if (in.attributes) {
      std::string list;
      for (const LookupAttribute& a : *in.attributes)
        list += fmt::format("{}{{\"attributeKey\":{},\"attributeValue\":{}}}",
                            list.empty() ? "" : ",", json_text(a.key), json_text(a.value));
      note_json(call, "lookupAttributes", "[" + list + "]");
    }
    if (in.start) note(call, "startTime", shown_time(in.start->ms));
    if (in.end) note(call, "endTime", shown_time(in.end->ms));
    note(call, "eventCategory", in.category);
    note_number(call, "maxResults", in.results_max);
    note(call, "nextToken", in.next_token);
  }
  static Status validate(const Input& in, Call& call) {
    note_input(in, call);
    const auto known = [](const LookupAttribute& a) {
      return std::any_of(std::begin(kKeys), std::end(kKeys),
                         [&](const KeyName& key) { return key.name == a.key; });
    };
    if (in.attributes && (in.attributes->size() > 1 ||
                          !std::all_of(in.attributes->begin(), in.attributes->end(), known)))
      return Error{"InvalidLookupAttributesException",
                   "You can only specify one lookup attribute, and its key must be one of EventId, "
                   "EventName, ReadOnly, Username, ResourceType, ResourceName, EventSource, "
                   "AccessKeyId."};
    if (in.start && in.end && in.start->ms > in.end->ms)
      return Error{"InvalidTimeRangeException",
                   "The start time of events must occur before the end time."};
    if (in.results_max && (*in.results_max < 1 || *in.results_max > kResultsMax))
      return Error{"InvalidMaxResultsException",
                   "The number of results must be between 1 and 50, inclusive."};
    if (in.category && *in.category != "insight")
      return Error{"InvalidEventCategoryException", "The event category is not valid."};
    if (in.next_token && !place_of(*in.next_token, in.same()))
      return Error{"InvalidNextTokenException",
                   "Invalid token or token that was previously used in a request with different "
                   "parameters."};
    return ok_status();
  }
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return demand_on(call, "LookupEvents");
  }
  static audit::Query query_of(const Input& in, const Call& call) {
    audit::Query out{.account = call.caller.principal.account};
    if (in.attributes && !in.attributes->empty()) {
      const LookupAttribute& asked = in.attributes->front();
      for (const KeyName& key : kKeys)
        if (key.name == asked.key) out.attribute = key.attribute;
      out.value = asked.value;
    }
    out.from_ms = std::max<UnixMs>(call.caller.now_ms - kKeptMs, 0);
    if (in.start) out.from_ms = std::max(out.from_ms, in.start->ms);
    if (in.end) out.to_ms = in.end->ms + 999;  // times are told in whole seconds
    if (in.next_token) out.to_sequence = place_of(*in.next_token, in.same()).value_or(0);
    out.max = static_cast<size_t>(in.results_max.value_or(kResultsMax));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    Output out;
    if (in->category) co_return out;  // events of insight are not made
    CO_TRY(audit::Finding found, co_await call.services.audit->find(query_of(*in, call)));
    if (found.more) out.next_token = page_token(found.events.back().sequence, in->same());
    std::sort(
        found.events.begin(), found.events.end(), [](const audit::Found& a, const audit::Found& b) {
          return std::tie(a.event.time_ms, a.sequence) > std::tie(b.event.time_ms, b.sequence);
        });
    for (const audit::Found& one : found.events) out.events.push_back(view_of(one.event));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, LookupEvents);

}  // namespace coffer::api
