// ListRolePolicies lists the names of a role's inline policies.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct ListRolePolicies {
  struct Input {
    std::string role_name;
    PageIn page;
  };
  struct Output {
    std::vector<std::string> policy_names;
    PageOut page;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "ListRolePolicies", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}), group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::policy_names>("PolicyNames"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    note(call, in.page);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:ListRolePolicies", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto page,
           call.services.iam->role_policies(target.account, target.user, in->page.request()));
    co_return Output{std::move(page.items), PageOut::after(page.marker)};
  }
};

}  // namespace

COFFER_OPERATION(iam, ListRolePolicies);

}  // namespace coffer::api
