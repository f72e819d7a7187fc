// UpdateUser gives a user another name or path.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct UpdateUser {
  struct Input {
    std::string user_name;
    std::optional<std::string> new_path, new_user_name;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "UpdateUser"};
  static constexpr auto input =
      fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}),
             body<&Input::new_path>("NewPath", {.min = 1, .max = 512}),
             body<&Input::new_user_name>("NewUserName", {.min = 1, .max = 64}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    note(call, "newPath", in.new_path);
    note(call, "newUserName", in.new_user_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  // Whoever moves a user must be allowed to under both of its ARNs.
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    std::vector<Demand> out{demand_on_user(call, "iam:UpdateUser", target)};
    if (!in.new_path && !in.new_user_name) return out;
    std::string_view old = std::string_view(target.arn).substr(target.arn.find('/'));
    std::string path = in.new_path.value_or(std::string(old.substr(0, old.rfind('/') + 1)));
    std::string name = in.new_user_name.value_or(std::string(old.substr(old.rfind('/') + 1)));
    out.push_back(demand_on(call, "iam:UpdateUser",
                            fmt::format("arn:aws:iam::{}:user{}{}", target.account, path, name)));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->update_user(target.account, target.user,
                                                      in->new_user_name, in->new_path, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, UpdateUser);

}  // namespace coffer::api
