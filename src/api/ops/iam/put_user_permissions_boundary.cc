// PutUserPermissionsBoundary sets the managed policy that bounds what a user may do.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct PutUserPermissionsBoundary {
  struct Input {
    std::string user_name, permissions_boundary;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "PutUserPermissionsBoundary"};
  static constexpr auto input =
      fields(body<&Input::user_name>("UserName", {.min = 1, .max = 64}),
             body<&Input::permissions_boundary>("PermissionsBoundary", {.min = 20, .max = 2048}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    note(call, "permissionsBoundary", in.permissions_boundary);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    Demand out = demand_on_user(call, "iam:PutUserPermissionsBoundary", target);
    out.conditions.set("iam:PermissionsBoundary", in.permissions_boundary);
    return {std::move(out)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->bound_user(target.account, target.user,
                                                     in->permissions_boundary, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, PutUserPermissionsBoundary);

}  // namespace coffer::api
