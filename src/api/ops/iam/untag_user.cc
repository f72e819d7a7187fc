// UntagUser takes tags from a user.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct UntagUser {
  struct Input {
    std::string user_name;
    std::vector<std::string> tag_keys;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "UntagUser"};
  static constexpr auto input =
      fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}),
             body<&Input::tag_keys>("TagKeys", {.required = true, .max = 50}));
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
    Demand out = demand_on_user(call, "iam:UntagUser", target);
    out.conditions.set("aws:TagKeys", in.tag_keys);
    return {std::move(out)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->untag_user(target.account, target.user, in->tag_keys,
                                                     call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, UntagUser);

}  // namespace coffer::api
