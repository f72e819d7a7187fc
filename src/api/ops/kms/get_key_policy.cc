// GetKeyPolicy answers the key policy as its owner wrote it; a principal that is gone shows as its
// unique ID.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html
#include "api/ops/kms/keys.h"
#include "iam/iam.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct GetKeyPolicy {
  struct Input {
    std::string key_id;
    std::optional<std::string> policy_name;
  };
  struct Output {
    std::string policy, policy_name;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "GetKeyPolicy", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::policy_name>("PolicyName", {.min = 1, .max = 128}));
  static constexpr auto output =
      fields(body<&Output::policy>("Policy"), body<&Output::policy_name>("PolicyName"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note(call, "policyName", in.policy_name);
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "GetKeyPolicy")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(KeyPtr key, co_await call.services.kms->made(std::move(target)));
    note_resource(call, *key);
    if (in->policy_name.value_or("default") != "default")
      co_return Error{"NotFoundException", "No such policy exists"};
    co_return Output{key->policy.compiled->shown(*call.services.iam), "default"};
  }
};

}  // namespace

COFFER_OPERATION(kms, GetKeyPolicy);

}  // namespace coffer::api
