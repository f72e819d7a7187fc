// DeleteGroup removes a group that has neither users nor policies.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html
#include "api/ops/iam/groups.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct DeleteGroup {
  struct Input {
    std::string group_name;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "DeleteGroup"};
  static constexpr auto input =
      fields(body<&Input::group_name>("GroupName", {.min = 1, .max = 128}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "groupName", in.group_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_group(call, in.group_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:DeleteGroup", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->delete_group(target.account, target.user, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, DeleteGroup);

}  // namespace coffer::api
