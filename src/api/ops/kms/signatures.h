#pragma once
// What Sign and Verify share. Source: KMS API Reference, Sign, Verify.
#include "api/ops/kms/keys.h"
#include "kms/asymmetric.h"

namespace coffer::api::kms_ops {

struct SigningRequest {
  std::string key_id, algorithm;
  Secret message;
  std::optional<std::string> message_type;
  std::vector<std::string> grant_tokens;
  std::optional<bool> dry_run;
  static constexpr auto shape() {
    using R = SigningRequest;
    return fields(
        body<&R::key_id>("KeyId", {.min = 1, .max = 2048}),
        body<&R::message>("Message", {.min = 1, .max = kms::kPlaintextBytesMax, .sensitive = true}),
        body<&R::message_type>("MessageType", {.values = "RAW|DIGEST|EXTERNAL_MU"}),
        body<&R::grant_tokens>("GrantTokens", {.min = 0, .max = 10}),
        body<&R::algorithm>(
            "SigningAlgorithm",
            {.values = "RSASSA_PSS_SHA_256|RSASSA_PSS_SHA_384|RSASSA_PSS_SHA_512|"
                       "RSASSA_PKCS1_V1_5_SHA_256|RSASSA_PKCS1_V1_5_SHA_384|"
                       "RSASSA_PKCS1_V1_5_SHA_512|ECDSA_SHA_256|ECDSA_SHA_384|ECDSA_SHA_512|"
                       "SM2DSA|ML_DSA_SHAKE_256|ED25519_SHA_512|ED25519_PH_SHA_512"}),
        body<&R::dry_run>("DryRun"));
  }
  std::string type() const { return message_type.value_or("RAW"); }
};

Task<Result<Target>> signing_facts(Call& call, const SigningRequest& request);
Demand signing_demand(const Call& call, const Target& target, const SigningRequest& request,
                      std::string_view operation);

// SigningUse is a key that may sign or verify, and the digest that it is to do so with.
struct SigningUse {
  KeyPtr key;
  Bytes digest;
};
Task<Result<SigningUse>> signing_use(Call& call, Target target, const SigningRequest& request,
                                     std::string_view operation);

}  // namespace coffer::api::kms_ops
