// UpdateGroup gives a group another name or path.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html
#include "api/ops/iam/groups.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct UpdateGroup {
  struct Input {
    std::string group_name;
    std::optional<std::string> new_path, new_group_name;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "UpdateGroup"};
  static constexpr auto input =
      fields(body<&Input::group_name>("GroupName", {.min = 1, .max = 128}),
             body<&Input::new_path>("NewPath", {.min = 1, .max = 512}),
             body<&Input::new_group_name>("NewGroupName", {.min = 1, .max = 128}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "groupName", in.group_name);
    note(call, "newGroupName", in.new_group_name);
    note(call, "newPath", in.new_path);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_group(call, in.group_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:UpdateGroup", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->update_group(
        target.account, target.user, in->new_group_name, in->new_path, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, UpdateGroup);

}  // namespace coffer::api
