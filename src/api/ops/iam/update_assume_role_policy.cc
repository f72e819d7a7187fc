// UpdateAssumeRolePolicy replaces the policy that says who may assume a role.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct UpdateAssumeRolePolicy {
  struct Input {
    std::string role_name, policy_document;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam,
                               .name = "UpdateAssumeRolePolicy",
                               .body_bytes_max = kDocumentBodyMax};
  static constexpr auto input =
      fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}),
             body<&Input::policy_document>("PolicyDocument", {.min = 1, .max = kDocumentMax}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    note(call, "policyDocument", in.policy_document);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:UpdateAssumeRolePolicy", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->update_trust(target.account, target.user,
                                                       in->policy_document, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, UpdateAssumeRolePolicy);

}  // namespace coffer::api
