// GetGroup tells who is in a group.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html
#include "api/ops/iam/groups.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct GetGroup {
  struct Input {
    std::string group_name;
    PageIn page;
  };
  struct Output {
    GroupEntity group;
    std::vector<UserEntity> users;
    PageOut page;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "GetGroup", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::group_name>("GroupName", {.min = 1, .max = 128}), group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::group>("Group"), body<&Output::users>("Users"), group<&Output::page>());

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
    return {demand_on_user(call, "iam:GetGroup", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto found, call.services.iam->group(target.account, target.user));
    CO_TRY(auto page,
           call.services.iam->users_in_group(target.account, target.user, in->page.request()));
    Output out{.group = group_entity(*found), .page = PageOut::after(page.marker)};
    for (const auto& user : page.items) out.users.push_back(user_entity(*user, false));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, GetGroup);

}  // namespace coffer::api
