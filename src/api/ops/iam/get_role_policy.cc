// GetRolePolicy answers an inline policy of a role, percent-encoded.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
#include "api/ops/iam/roles.h"
#include "base/encoding.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct GetRolePolicy {
  struct Input {
    std::string role_name, policy_name;
  };
  struct Output {
    std::string role_name, policy_name, policy_document;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "GetRolePolicy", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}),
             body<&Input::policy_name>("PolicyName", {.min = 1, .max = 128}));
  static constexpr auto output =
      fields(body<&Output::role_name>("RoleName"), body<&Output::policy_name>("PolicyName"),
             body<&Output::policy_document>("PolicyDocument"));

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
    return {demand_on_user(call, "iam:GetRolePolicy", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto document,
           call.services.iam->role_policy(target.account, target.user, in->policy_name));
    CO_TRY(auto role, call.services.iam->role(target.account, target.user));
    co_return Output{role->name, in->policy_name, url_encode(document)};
  }
};

}  // namespace

COFFER_OPERATION(iam, GetRolePolicy);

}  // namespace coffer::api
