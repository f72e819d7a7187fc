// DeleteRole removes a role that has no policies.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct DeleteRole {
  struct Input {
    std::string role_name;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "DeleteRole"};
  static constexpr auto input = fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:DeleteRole", target)};
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->delete_role(target.account, target.user, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, DeleteRole);

}  // namespace coffer::api
