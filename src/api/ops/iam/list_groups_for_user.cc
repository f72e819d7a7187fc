// ListGroupsForUser lists the groups that a user is in.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html
#include "api/ops/iam/groups.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct ListGroupsForUser {
  struct Input {
    std::string user_name;
    PageIn page;
  };
  struct Output {
    std::vector<GroupEntity> groups;
    PageOut page;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "ListGroupsForUser", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}), group<&Input::page>());
  static constexpr auto output = fields(body<&Output::groups>("Groups"), group<&Output::page>());

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
    return {demand_on_user(call, "iam:ListGroupsForUser", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto page,
           call.services.iam->groups_of_user(target.account, target.user, in->page.request()));
    Output out{.page = PageOut::after(page.marker)};
    for (const auto& group : page.items) out.groups.push_back(group_entity(*group));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, ListGroupsForUser);

}  // namespace coffer::api
