// GetTrailStatus tells whether a trail is logging, and how its deliveries went.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct GetTrailStatus {
  using Input = TrailName;
  struct Output {
    bool logging = false;
    std::optional<std::string> delivery_error, digest_error;
    std::optional<Timestamp> delivered, started, stopped, digested;
    std::string attempt_time, attempt_succeeded, notification_time, notification_succeeded;
    std::string time_started, time_stopped;
  };

  static constexpr OpSpec spec{
      .service = Service::kCloudTrail, .name = "GetTrailStatus", .read_only = true};
  static constexpr auto input = TrailName::shape();
  static constexpr auto output = fields(
      body<&Output::logging>("IsLogging"), body<&Output::delivery_error>("LatestDeliveryError"),
      body<&Output::delivered>("LatestDeliveryTime"), body<&Output::started>("StartLoggingTime"),
      body<&Output::stopped>("StopLoggingTime"),
      body<&Output::digested>("LatestDigestDeliveryTime"),
      body<&Output::digest_error>("LatestDigestDeliveryError"),
      body<&Output::attempt_time>("LatestDeliveryAttemptTime"),
      body<&Output::notification_time>("LatestNotificationAttemptTime"),
      body<&Output::notification_succeeded>("LatestNotificationAttemptSucceeded"),
      body<&Output::attempt_succeeded>("LatestDeliveryAttemptSucceeded"),
      body<&Output::time_started>("TimeLoggingStarted"),
      body<&Output::time_stopped>("TimeLoggingStopped"));

  static Status validate(const Input& in, Call& call) {
    note(call, "name", in.name);
    TRY_OK(name_of(call, in.name));
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "GetTrailStatus", arn_of(call, in.name));
  }
  static std::optional<Timestamp> time_of(const std::optional<UnixMs>& ms) {
    return ms ? std::optional(Timestamp{*ms}) : std::nullopt;
  }
  static std::string text_of(const std::optional<UnixMs>& ms) { return ms ? iso8601(*ms) : ""; }
  static std::optional<std::string> if_any(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(const TrailPtr trail, trail_named(call, in->name));
    const audit::TrailState& state = trail->state;
    Output out{.logging = state.logging()};
    out.delivery_error = if_any(state.delivery_error);
    out.digest_error = if_any(state.digest_error);
    out.delivered = time_of(state.delivered_ms);
    out.started = time_of(state.started_ms);
    out.stopped = time_of(state.stopped_ms);
    out.digested = time_of(state.digested_ms);
    out.attempt_time = out.attempt_succeeded = text_of(state.delivered_ms);
    out.time_started = text_of(state.started_ms);
    out.time_stopped = text_of(state.stopped_ms);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, GetTrailStatus);

}  // namespace coffer::api
