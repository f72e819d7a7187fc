// GetPolicy answers a managed policy, without its document.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct GetPolicy {
  struct Input {
    std::string policy_arn;
  };
  struct Output {
    PolicyEntity policy;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "GetPolicy", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::policy_arn>("PolicyArn", {.min = 20, .max = 2048}));
  static constexpr auto output = fields(body<&Output::policy>("Policy"));

  static Status validate(const Input& in, Call& call) {
    note(call, "policyArn", in.policy_arn);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on_policy(call, "iam:GetPolicy", in.policy_arn)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto policy, call.services.iam->policy(call.caller.principal.account, in->policy_arn));
    co_return Output{policy_entity(policy)};
  }
};

}  // namespace

COFFER_OPERATION(iam, GetPolicy);

}  // namespace coffer::api
