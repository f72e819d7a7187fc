// UpdateAccessKey activates or deactivates an access key; a deactivated one is refused from then
// on. Source: docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct UpdateAccessKey {
  struct Input {
    std::optional<std::string> user_name;
    std::string access_key_id, status;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "UpdateAccessKey"};
  static constexpr auto input =
      fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}),
             body<&Input::access_key_id>("AccessKeyId", {.min = 16, .max = 128}),
             body<&Input::status>("Status", {.values = "Active|Inactive"}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    note(call, "accessKeyId", in.access_key_id);
    note(call, "status", in.status);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:UpdateAccessKey", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    bool active = in->status == "Active";
    CO_TRY_OK(co_await call.services.iam->update_access_key(target.account, target.user,
                                                            in->access_key_id, active, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, UpdateAccessKey);

}  // namespace coffer::api
