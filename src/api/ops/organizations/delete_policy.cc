// DeletePolicy deletes a service control policy that is attached to nothing.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_DeletePolicy.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct DeletePolicy {
  struct Input {
    std::string policy_id;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kOrganizations, .name = "DeletePolicy"};
  static constexpr auto input = fields(body<&Input::policy_id>("PolicyId", {.max = 130}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "policyId", in.policy_id);
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "DeletePolicy", policy_resource(call, in.policy_id));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY_OK(co_await call.services.iam->delete_control_policy(in->policy_id, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(organizations, DeletePolicy);

}  // namespace coffer::api
