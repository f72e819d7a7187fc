// DeleteUserPermissionsBoundary takes the boundary from a user.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct DeleteUserPermissionsBoundary {
  struct Input {
    std::string user_name;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "DeleteUserPermissionsBoundary"};
  static constexpr auto input = fields(body<&Input::user_name>("UserName", {.min = 1, .max = 64}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);

    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    Demand out = demand_on_permissions(call, "iam:DeleteUserPermissionsBoundary", target);

    return {std::move(out)};
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->bound_user(target.account, target.user, std::nullopt,
                                                     call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, DeleteUserPermissionsBoundary);

}  // namespace coffer::api
