#pragma once
// What GenerateMac and VerifyMac share. Source: KMS API Reference, GenerateMac, VerifyMac.
#include "api/ops/kms/keys.h"
#include "kms/asymmetric.h"

namespace coffer::api::kms_ops {

struct MacRequest {
  std::string key_id, algorithm;
  Secret message;
  std::vector<std::string> grant_tokens;
  std::optional<bool> dry_run;
  static constexpr auto shape() {
    using R = MacRequest;
    return fields(
        body<&R::message>("Message", {.min = 1, .max = kms::kPlaintextBytesMax, .sensitive = true}),
        body<&R::key_id>("KeyId", {.min = 1, .max = 2048}),
        body<&R::algorithm>("MacAlgorithm",
                            {.values = "HMAC_SHA_224|HMAC_SHA_256|HMAC_SHA_384|HMAC_SHA_512"}),
        body<&R::grant_tokens>("GrantTokens", {.min = 0, .max = 10}), body<&R::dry_run>("DryRun"));
  }
};

inline Task<Result<Target>> mac_facts(Call& call, const MacRequest& request) {
  note(call, "macAlgorithm", request.algorithm);
  return key_named(call, request.key_id, Names::kKeysAndAliases);
}

inline Demand mac_demand(const Call& call, const Target& target, const MacRequest& request,
                         std::string_view operation) {
  Demand out = demand_on(call, target, operation);
  out.conditions.set("kms:MacAlgorithm", request.algorithm);
  return out;
}

inline Task<Result<KeyPtr>> mac_key(Call& call, Target target, const MacRequest& request,
                                    std::string_view operation) {
  CO_TRY_OK(check_grant_tokens(call, request.grant_tokens));
  co_return co_await key_for(call, std::move(target),
                             {operation, kms::kGenerateVerifyMac, request.algorithm});
}

}  // namespace coffer::api::kms_ops
