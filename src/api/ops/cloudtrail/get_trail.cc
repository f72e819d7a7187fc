// GetTrail shows one trail.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrail.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct GetTrail {
  using Input = TrailName;
  struct Output {
    TrailEntity trail;
  };

  static constexpr OpSpec spec{
      .service = Service::kCloudTrail, .name = "GetTrail", .read_only = true};
  static constexpr auto input = TrailName::shape();
  static constexpr auto output = fields(body<&Output::trail>("Trail"));

  static Status validate(const Input& in, Call& call) {
    note(call, "name", in.name);
    TRY_OK(name_of(call, in.name));
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "GetTrail", arn_of(call, in.name));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(const TrailPtr trail, trail_named(call, in->name));
    co_return Output{entity_of(*trail)};
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, GetTrail);

}  // namespace coffer::api
