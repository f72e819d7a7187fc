// UntagPolicy takes tags from a managed policy.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct UntagPolicy {
  struct Input {
    std::string policy_arn;
    std::vector<std::string> tag_keys;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "UntagPolicy"};
  static constexpr auto input =
      fields(body<&Input::policy_arn>("PolicyArn", {.min = 20, .max = 2048}),
             body<&Input::tag_keys>("TagKeys", {.required = true, .max = 50}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "policyArn", in.policy_arn);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    Demand out = demand_on_policy(call, "iam:UntagPolicy", in.policy_arn);
    out.conditions.set("aws:TagKeys", in.tag_keys);
    return {std::move(out)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY_OK(co_await call.services.iam->untag_policy(call.caller.principal.account,
                                                       in->policy_arn, in->tag_keys, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, UntagPolicy);

}  // namespace coffer::api
