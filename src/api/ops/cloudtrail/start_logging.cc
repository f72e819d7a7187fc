// StartLogging begins to deliver: what is put on record from now on.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartLogging.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct StartLogging {
  using Input = TrailName;
  using Output = Nothing;

  static constexpr OpSpec spec{.service = Service::kCloudTrail, .name = "StartLogging"};
  static constexpr auto input = TrailName::shape();
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "name", in.name);
    TRY_OK(name_of(call, in.name));
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "StartLogging", arn_of(call, in.name));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    audit::Trails& trails = *call.services.trails;
    CO_TRY(const TrailPtr trail, trail_named(call, in->name));
    CO_TRY_OK(co_await trails.change(trail->config.account, trail->config.name, trails.start(),
                                     &call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, StartLogging);

}  // namespace coffer::api
