// UntagRole takes tags from a role.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct UntagRole {
  struct Input {
    std::string role_name;
    std::vector<std::string> tag_keys;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "UntagRole"};
  static constexpr auto input =
      fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}),
             body<&Input::tag_keys>("TagKeys", {.required = true, .max = 50}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    Demand out = demand_on_user(call, "iam:UntagRole", target);
    out.conditions.set("aws:TagKeys", in.tag_keys);
    return {std::move(out)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->untag_role(target.account, target.user, in->tag_keys,
                                                     call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, UntagRole);

}  // namespace coffer::api
