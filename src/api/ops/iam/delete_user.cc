// DeleteUser removes a user that has neither access keys nor policies.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct DeleteUser {
  struct Input {
    std::string user_name;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "DeleteUser"};
  static constexpr auto input = fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:DeleteUser", target)};
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->delete_user(target.account, target.user, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, DeleteUser);

}  // namespace coffer::api
