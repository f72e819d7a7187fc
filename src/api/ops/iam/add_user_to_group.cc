// AddUserToGroup gives a user the group's rights.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html
#include "api/ops/iam/groups.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct AddUserToGroup {
  struct Input {
    std::string group_name, user_name;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "AddUserToGroup"};
  static constexpr auto input =
      fields(body<&Input::group_name>("GroupName", {.min = 1, .max = 128}),
             body<&Input::user_name>("UserName", {.min = 1, .max = 128}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "groupName", in.group_name);
    note(call, "userName", in.user_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_group(call, in.group_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:AddUserToGroup", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->add_user_to_group(target.account, target.user,
                                                            in->user_name, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, AddUserToGroup);

}  // namespace coffer::api
