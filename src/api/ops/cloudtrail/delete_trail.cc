// DeleteTrail stops a trail and removes it; what it delivered stays.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct DeleteTrail {
  using Input = TrailName;
  using Output = Nothing;

  static constexpr OpSpec spec{.service = Service::kCloudTrail, .name = "DeleteTrail"};
  static constexpr auto input = TrailName::shape();
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "name", in.name);
    TRY_OK(name_of(call, in.name));
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "DeleteTrail", arn_of(call, in.name));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    audit::Trails& trails = *call.services.trails;
    CO_TRY(const TrailPtr trail, trail_named(call, in->name));
    const std::string account = trail->config.account, name = trail->config.name;
    CO_TRY_OK(co_await trails.change(account, name, trails.stop(), nullptr));
    // A bucket that is gone or closed keeps no trail alive.
    if (call.services.deliver_trail) (void)co_await call.services.deliver_trail(account, name);
    CO_TRY_OK(co_await trails.remove(account, name, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, DeleteTrail);

}  // namespace coffer::api
