// GetUser answers one user, or the caller where none is named.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct GetUser {
  struct Input {
    std::optional<std::string> user_name;
  };
  struct Output {
    UserEntity user;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "GetUser", .read_only = true};
  static constexpr auto input = fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}));
  static constexpr auto output = fields(body<&Output::user>("User"));

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:GetUser", target)};
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts target, Call& call) {
    if (!target.user.empty()) {
      CO_TRY(auto user, call.services.iam->user(target.account, target.user));
      co_return Output{user_entity(*user)};
    }
    CO_TRY(UnixMs created_ms, call.services.iam->account_created(target.account));
    co_return Output{
        {.path = "/", .user_id = target.account, .arn = target.arn, .create_date = {created_ms}}};
  }
};

}  // namespace

COFFER_OPERATION(iam, GetUser);

}  // namespace coffer::api
