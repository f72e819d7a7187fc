// StopLogging ends delivery: what is pending is delivered before the answer, with a final digest.
// Where the bucket takes nothing now, it is tried again in the background. Source:
// docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct StopLogging {
  using Input = TrailName;
  using Output = Nothing;

  static constexpr OpSpec spec{.service = Service::kCloudTrail, .name = "StopLogging"};
  static constexpr auto input = TrailName::shape();
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "name", in.name);
    TRY_OK(name_of(call, in.name));
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "StopLogging", arn_of(call, in.name));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    audit::Trails& trails = *call.services.trails;
    CO_TRY(const TrailPtr trail, trail_named(call, in->name));
    CO_TRY_OK(co_await trails.change(trail->config.account, trail->config.name, trails.stop(),
                                     &call.draft));
    // What cannot be delivered now is not the caller's failure: GetTrailStatus tells.
    if (call.services.deliver_trail)
      (void)co_await call.services.deliver_trail(trail->config.account, trail->config.name);
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, StopLogging);

}  // namespace coffer::api
