#pragma once
// What GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext share.
// Source: KMS API Reference, GenerateDataKeyPair.
#include "api/ops/kms/keys.h"

namespace coffer::api::kms_ops {

struct DataKeyPairRequest {
  std::string key_id, spec;
  EncryptionContext context;
  std::vector<std::string> grant_tokens;
  std::optional<bool> dry_run;
  static constexpr auto shape() {
    using R = DataKeyPairRequest;
    return fields(
        body<&R::context>("EncryptionContext"), body<&R::key_id>("KeyId", {.min = 1, .max = 2048}),
        body<&R::spec>("KeyPairSpec",
                       {.values = "RSA_2048|RSA_3072|RSA_4096|ECC_NIST_P256|ECC_NIST_P384|"
                                  "ECC_NIST_P521|ECC_SECG_P256K1|SM2|ECC_NIST_EDWARDS25519"}),
        body<&R::grant_tokens>("GrantTokens", {.min = 0, .max = 10}), body<&R::dry_run>("DryRun"));
  }
};

// SealedKeyPair is the part of the answer that both have.
struct SealedKeyPair {
  Blob ciphertext, public_key;
  std::string key_arn, spec, material_id;
  static constexpr auto shape() {
    using S = SealedKeyPair;
    return fields(body<&S::ciphertext>("PrivateKeyCiphertextBlob"),
                  body<&S::public_key>("PublicKey"), body<&S::key_arn>("KeyId"),
                  body<&S::spec>("KeyPairSpec"), body<&S::material_id>("KeyMaterialId"));
  }
};

struct MadeKeyPair {
  SealedKeyPair sealed;
  Secret plaintext;  // the private key, PKCS#8 DER
};

Task<Result<Target>> data_key_pair_facts(Call& call, const DataKeyPairRequest& request);
Demand data_key_pair_demand(const Call& call, const Target& target,
                            const DataKeyPairRequest& request, std::string_view operation);
Task<Result<MadeKeyPair>> make_data_key_pair(Call& call, Target target,
                                             const DataKeyPairRequest& request,
                                             std::string_view operation);

}  // namespace coffer::api::kms_ops
