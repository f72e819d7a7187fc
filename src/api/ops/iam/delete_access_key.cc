// DeleteAccessKey removes an access key for good.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct DeleteAccessKey {
  struct Input {
    std::optional<std::string> user_name;
    std::string access_key_id;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "DeleteAccessKey"};
  static constexpr auto input =
      fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}),
             body<&Input::access_key_id>("AccessKeyId", {.min = 16, .max = 128}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    note(call, "accessKeyId", in.access_key_id);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:DeleteAccessKey", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->delete_access_key(target.account, target.user,
                                                            in->access_key_id, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, DeleteAccessKey);

}  // namespace coffer::api
