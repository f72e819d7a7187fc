// UpdateRoleDescription is what UpdateRole took the place of.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct UpdateRoleDescription {
  struct Input {
    std::string role_name, description;
  };
  struct Output {
    RoleEntity role;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "UpdateRoleDescription"};
  static constexpr auto input = fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}),
                                       body<&Input::description>("Description", {.max = 1000}));
  static constexpr auto output = fields(body<&Output::role>("Role"));

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    note(call, "description", in.description);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:UpdateRoleDescription", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->update_role(target.account, target.user, in->description,
                                                      std::nullopt, call.draft));
    CO_TRY(auto role, call.services.iam->role(target.account, target.user));
    co_return Output{role_entity(call, *role, RoleDetail::kWhole)};
  }
};

}  // namespace

COFFER_OPERATION(iam, UpdateRoleDescription);

}  // namespace coffer::api
