// GetEventSelectors shows which events a trail takes.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html
#include "api/ops/cloudtrail/selectors.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct GetEventSelectors {
  struct Input {
    std::string trail;
  };
  using Output = SelectorAnswer;

  static constexpr OpSpec spec{
      .service = Service::kCloudTrail, .name = "GetEventSelectors", .read_only = true};
  static constexpr auto input = fields(body<&Input::trail>("TrailName"));
  static constexpr auto output = SelectorAnswer::shape();

  static Status validate(const Input& in, Call& call) {
    note(call, "trailName", in.trail);
    TRY_OK(name_of(call, in.trail));
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "GetEventSelectors", arn_of(call, in.trail));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(const TrailPtr trail, trail_named(call, in->trail));
    co_return Output{trail->config.arn(), shown(trail->config.selectors)};
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, GetEventSelectors);

}  // namespace coffer::api
