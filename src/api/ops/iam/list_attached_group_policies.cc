// ListAttachedGroupPolicies lists the managed policies of a group.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html
#include "api/ops/iam/groups.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct AttachedPolicy {
  std::string policy_name, policy_arn;
  static constexpr auto shape() {
    return fields(body<&AttachedPolicy::policy_name>("PolicyName"),
                  body<&AttachedPolicy::policy_arn>("PolicyArn"));
  }
};

struct ListAttachedGroupPolicies {
  struct Input {
    std::string group_name;
    std::optional<std::string> path_prefix;
    PageIn page;
  };
  struct Output {
    std::vector<AttachedPolicy> attached_policies;
    PageOut page;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "ListAttachedGroupPolicies", .read_only = true};
  static constexpr auto input = fields(
      body<&Input::group_name>("GroupName", {.min = 1, .max = 128}),
      body<&Input::path_prefix>("PathPrefix", {.min = 1, .max = 512}), group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::attached_policies>("AttachedPolicies"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "groupName", in.group_name);
    note(call, "pathPrefix", in.path_prefix);
    note(call, in.page);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_group(call, in.group_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:ListAttachedGroupPolicies", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    auto prefix = in->path_prefix.value_or("/");
    CO_TRY(auto page, call.services.iam->attached_group_policies(target.account, target.user,
                                                                 prefix, in->page.request()));
    Output out{.page = PageOut::after(page.marker)};
    for (const std::string& arn : page.items)
      out.attached_policies.push_back({arn.substr(arn.rfind('/') + 1), arn});
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, ListAttachedGroupPolicies);

}  // namespace coffer::api
