// ListGroupPolicies lists the names of a group's inline policies.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupPolicies.html
#include "api/ops/iam/groups.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct ListGroupPolicies {
  struct Input {
    std::string group_name;
    PageIn page;
  };
  struct Output {
    std::vector<std::string> policy_names;
    PageOut page;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "ListGroupPolicies", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::group_name>("GroupName", {.min = 1, .max = 128}), group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::policy_names>("PolicyNames"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "groupName", in.group_name);
    note(call, in.page);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_group(call, in.group_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:ListGroupPolicies", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto page,
           call.services.iam->group_policies(target.account, target.user, in->page.request()));
    co_return Output{std::move(page.items), PageOut::after(page.marker)};
  }
};

}  // namespace

COFFER_OPERATION(iam, ListGroupPolicies);

}  // namespace coffer::api
