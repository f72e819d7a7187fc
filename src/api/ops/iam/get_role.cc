// GetRole tells what a role is, its trust policy included.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct GetRole {
  struct Input {
    std::string role_name;
  };
  struct Output {
    RoleEntity role;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "GetRole", .read_only = true};
  static constexpr auto input = fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}));
  static constexpr auto output = fields(body<&Output::role>("Role"));

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:GetRole", target)};
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts target, Call& call) {
    CO_TRY(auto role, call.services.iam->role(target.account, target.user));
    co_return Output{role_entity(call, *role, RoleDetail::kWhole)};
  }
};

}  // namespace

COFFER_OPERATION(iam, GetRole);

}  // namespace coffer::api
