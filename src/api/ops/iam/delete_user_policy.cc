// DeleteUserPolicy removes an inline policy of a user.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct DeleteUserPolicy {
  struct Input {
    std::string user_name, policy_name;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "DeleteUserPolicy"};
  static constexpr auto input =
      fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}),
             body<&Input::policy_name>("PolicyName", {.min = 1, .max = 128}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    note(call, "policyName", in.policy_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_permissions(call, "iam:DeleteUserPolicy", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->delete_user_policy(target.account, target.user,
                                                             in->policy_name, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, DeleteUserPolicy);

}  // namespace coffer::api
