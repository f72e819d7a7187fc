// DeletePolicy removes a managed policy that nobody has, with its one version.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct DeletePolicy {
  struct Input {
    std::string policy_arn;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "DeletePolicy"};
  static constexpr auto input =
      fields(body<&Input::policy_arn>("PolicyArn", {.min = 20, .max = 2048}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "policyArn", in.policy_arn);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on_policy(call, "iam:DeletePolicy", in.policy_arn)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY_OK(co_await call.services.iam->delete_policy(call.caller.principal.account,
                                                        in->policy_arn, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, DeletePolicy);

}  // namespace coffer::api
