// ListPolicyTags lists a managed policy's tags, in byte order of their keys.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct ListPolicyTags {
  struct Input {
    std::string policy_arn;
    PageIn page;
  };
  struct Output {
    std::vector<TagEntity> tags;
    PageOut page;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "ListPolicyTags", .read_only = true};
  static constexpr auto input = fields(
      body<&Input::policy_arn>("PolicyArn", {.min = 20, .max = 2048}), group<&Input::page>());
  static constexpr auto output = fields(body<&Output::tags>("Tags"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "policyArn", in.policy_arn);
    note(call, in.page);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on_policy(call, "iam:ListPolicyTags", in.policy_arn)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto page, call.services.iam->policy_tags(call.caller.principal.account, in->policy_arn,
                                                     in->page.request()));
    Output out{.page = PageOut::after(page.marker)};
    for (const iam::Tag& t : page.items) out.tags.push_back({t.key, t.value});
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, ListPolicyTags);

}  // namespace coffer::api
