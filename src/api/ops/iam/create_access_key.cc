// CreateAccessKey makes an access key for a user, or for the caller. Its secret is told this once.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct NewKeyEntity {
  std::optional<std::string> user_name;  // the account's root has none
  std::string access_key_id, status;
  Secret secret_access_key;
  Timestamp create_date;
  static constexpr auto shape() {
    return fields(body<&NewKeyEntity::user_name>("UserName"),
                  body<&NewKeyEntity::access_key_id>("AccessKeyId"),
                  body<&NewKeyEntity::status>("Status"),
                  body<&NewKeyEntity::secret_access_key>("SecretAccessKey"),
                  body<&NewKeyEntity::create_date>("CreateDate"));
  }
};

struct CreateAccessKey {
  struct Input {
    std::optional<std::string> user_name;
  };
  struct Output {
    NewKeyEntity access_key;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "CreateAccessKey"};
  static constexpr auto input = fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}));
  static constexpr auto output = fields(body<&Output::access_key>("AccessKey"));

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:CreateAccessKey", target)};
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts target, Call& call) {
    CO_TRY(auto made,
           co_await call.services.iam->create_access_key(target.account, target.user, call.draft));
    note_response(call, made.key);
    Output out;
    if (!made.key.user_name.empty()) out.access_key.user_name = made.key.user_name;
    out.access_key.access_key_id = made.key.id;
    out.access_key.status = "Active";
    out.access_key.secret_access_key = std::move(made.secret);
    out.access_key.create_date = {made.key.created_ms};
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, CreateAccessKey);

}  // namespace coffer::api
