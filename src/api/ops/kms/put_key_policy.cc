// PutKeyPolicy replaces the key policy, the root of trust of a key.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct PutKeyPolicy {
  struct Input {
    std::string key_id, policy;
    std::optional<std::string> policy_name;
    std::optional<bool> bypass_lockout_check;
  };
  using Output = Nothing;
  using Facts = Target;

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "PutKeyPolicy", .body_bytes_max = kPolicyBodyMax};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::policy_name>("PolicyName", {.min = 1, .max = 128}),
             body<&Input::policy>("Policy", {.min = 1, .max = kPolicyMax}),
             body<&Input::bypass_lockout_check>("BypassPolicyLockoutSafetyCheck"));
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note(call, "policy", in.policy);
    note(call, "policyName", in.policy_name);
    note_flag(call, "bypassPolicyLockoutSafetyCheck", in.bypass_lockout_check.value_or(false));
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    std::vector<Demand> out{demand_on(call, target, "PutKeyPolicy")};
    out[0].conditions.set("kms:BypassPolicyLockoutSafetyCheck",
                          std::string(in.bypass_lockout_check.value_or(false) ? "true" : "false"));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    if (target.key) note_resource(call, *target.key);
    if (in->policy_name.value_or("default") != "default")
      co_return Error{"UnsupportedOperationException", "The only valid policy name is default."};
    CO_TRY_OK(co_await call.services.kms->put_policy(call.caller, std::move(target), in->policy,
                                                     in->bypass_lockout_check.value_or(false),
                                                     call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, PutKeyPolicy);

}  // namespace coffer::api
