// AttachPolicy binds the root or an account by a service control policy, from the next request on.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct AttachPolicy {
  struct Input {
    std::string policy_id, target_id;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kOrganizations, .name = "AttachPolicy"};
  static constexpr auto input = fields(body<&Input::policy_id>("PolicyId", {.max = 130}),
                                       body<&Input::target_id>("TargetId", {.max = 130}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "policyId", in.policy_id);
    note(call, "targetId", in.target_id);
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "AttachPolicy", policy_resource(call, in.policy_id));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(std::string target, control_target(call, in->target_id));
    CO_TRY_OK(co_await call.services.iam->attach_control_policy(in->policy_id, std::move(target),
                                                                call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(organizations, AttachPolicy);

}  // namespace coffer::api
