// PutRolePermissionsBoundary sets the managed policy that bounds what a role may do.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct PutRolePermissionsBoundary {
  struct Input {
    std::string role_name, permissions_boundary;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "PutRolePermissionsBoundary"};
  static constexpr auto input =
      fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}),
             body<&Input::permissions_boundary>("PermissionsBoundary", {.min = 20, .max = 2048}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    note(call, "permissionsBoundary", in.permissions_boundary);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    Demand out = demand_on_user(call, "iam:PutRolePermissionsBoundary", target);
    out.conditions.set("iam:PermissionsBoundary", in.permissions_boundary);
    return {std::move(out)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->bound_role(target.account, target.user,
                                                     in->permissions_boundary, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, PutRolePermissionsBoundary);

}  // namespace coffer::api
