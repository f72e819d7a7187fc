// ListUserPolicies lists the names of a user's inline policies.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct ListUserPolicies {
  struct Input {
    std::string user_name;
    PageIn page;
  };
  struct Output {
    std::vector<std::string> policy_names;
    PageOut page;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "ListUserPolicies", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}), group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::policy_names>("PolicyNames"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    note(call, in.page);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:ListUserPolicies", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto page,
           call.services.iam->user_policies(target.account, target.user, in->page.request()));
    co_return Output{std::move(page.items), PageOut::after(page.marker)};
  }
};

}  // namespace

COFFER_OPERATION(iam, ListUserPolicies);

}  // namespace coffer::api
