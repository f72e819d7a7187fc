// DetachGroupPolicy takes a managed policy from a group.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html
#include "api/ops/iam/groups.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct DetachGroupPolicy {
  struct Input {
    std::string group_name, policy_arn;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "DetachGroupPolicy"};
  static constexpr auto input =
      fields(body<&Input::group_name>("GroupName", {.min = 1, .max = 128}),
             body<&Input::policy_arn>("PolicyArn", {.min = 20, .max = 2048}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "groupName", in.group_name);
    note(call, "policyArn", in.policy_arn);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_group(call, in.group_name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    Demand out = demand_on_user(call, "iam:DetachGroupPolicy", target);
    out.conditions.set("iam:PolicyARN", in.policy_arn);
    return {std::move(out)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->detach_group_policy(target.account, target.user,
                                                              in->policy_arn, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, DetachGroupPolicy);

}  // namespace coffer::api
