// PutEventSelectors says which events a trail takes, in the place of what was said before.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
#include "api/ops/cloudtrail/selectors.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

constexpr uint32_t kBodyMax = 256 * 1024;  // 250 ARNs

struct PutEventSelectors {
  struct Input {
    std::string trail;
    SelectorLists lists;
  };
  using Output = SelectorAnswer;

  static constexpr OpSpec spec{
      .service = Service::kCloudTrail, .name = "PutEventSelectors", .body_bytes_max = kBodyMax};
  static constexpr auto input = fields(body<&Input::trail>("TrailName"), group<&Input::lists>());
  static constexpr auto output = SelectorAnswer::shape();

  static Status validate(const Input& in, Call& call) {
    note(call, "trailName", in.trail);
    note_selectors(call, selectors_of(in.lists));
    TRY_OK(name_of(call, in.trail));
    return audit::check_selectors(selectors_of(in.lists));
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "PutEventSelectors", arn_of(call, in.trail));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(const TrailPtr before, trail_named(call, in->trail));
    auto edit = [&](audit::Trail& trail) {
      trail.config.selectors = selectors_of(in->lists);
      return ok_status();
    };
    CO_TRY(const TrailPtr after,
           co_await call.services.trails->change(before->config.account, before->config.name, edit,
                                                 &call.draft));
    co_return Output{after->config.arn(), shown(after->config.selectors)};
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, PutEventSelectors);

}  // namespace coffer::api
