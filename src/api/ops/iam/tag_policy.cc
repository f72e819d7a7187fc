// TagPolicy adds tags to a managed policy, or gives those it has new values.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct TagPolicy {
  struct Input {
    std::string policy_arn;
    std::vector<TagEntity> tags;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "TagPolicy"};
  static constexpr auto input =
      fields(body<&Input::policy_arn>("PolicyArn", {.min = 20, .max = 2048}),
             body<&Input::tags>("Tags", {.required = true, .max = 50}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "policyArn", in.policy_arn);
    note(call, in.tags);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    Demand out = demand_on_policy(call, "iam:TagPolicy", in.policy_arn);
    set_request_tags(out, in.tags);
    return {std::move(out)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY_OK(co_await call.services.iam->tag_policy(call.caller.principal.account, in->policy_arn,
                                                     tags_of(in->tags), call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, TagPolicy);

}  // namespace coffer::api
