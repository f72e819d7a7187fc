// AttachRolePolicy attaches a managed policy to a role.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct AttachRolePolicy {
  struct Input {
    std::string role_name, policy_arn;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "AttachRolePolicy"};
  static constexpr auto input =
      fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}),
             body<&Input::policy_arn>("PolicyArn", {.min = 20, .max = 2048}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    note(call, "policyArn", in.policy_arn);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    Demand out = demand_on_permissions(call, "iam:AttachRolePolicy", target);
    out.conditions.set("iam:PolicyARN", in.policy_arn);
    return {std::move(out)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->attach_role_policy(target.account, target.user,
                                                             in->policy_arn, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, AttachRolePolicy);

}  // namespace coffer::api
