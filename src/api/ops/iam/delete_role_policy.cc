// DeleteRolePolicy removes an inline policy of a role.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct DeleteRolePolicy {
  struct Input {
    std::string role_name, policy_name;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "DeleteRolePolicy"};
  static constexpr auto input =
      fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}),
             body<&Input::policy_name>("PolicyName", {.min = 1, .max = 128}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    note(call, "policyName", in.policy_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_permissions(call, "iam:DeleteRolePolicy", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->delete_role_policy(target.account, target.user,
                                                             in->policy_name, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, DeleteRolePolicy);

}  // namespace coffer::api
