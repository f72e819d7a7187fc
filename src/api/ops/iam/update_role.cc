// UpdateRole changes a role's description and how long its sessions may last.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct UpdateRole {
  struct Input {
    std::string role_name;
    std::optional<std::string> description;
    std::optional<int64_t> max_session_duration;
  };
  struct Output {};

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "UpdateRole", .output_root = "UpdateRoleResult"};
  static constexpr auto input =
      fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}),
             body<&Input::description>("Description", {.max = 1000}),
             body<&Input::max_session_duration>("MaxSessionDuration", {.min = 3600, .max = 43200}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    note(call, "description", in.description);
    note(call, "maxSessionDuration", in.max_session_duration);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:UpdateRole", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->update_role(target.account, target.user, in->description,
                                                      in->max_session_duration, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, UpdateRole);

}  // namespace coffer::api
