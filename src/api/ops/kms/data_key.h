#pragma once
// What GenerateDataKey and GenerateDataKeyWithoutPlaintext share.
#include "api/ops/kms/keys.h"

namespace coffer::api::kms_ops {

struct DataKeyRequest {
  std::string key_id;
  EncryptionContext context;
  std::optional<int64_t> number_of_bytes;
  std::optional<std::string> key_spec;
  std::vector<std::string> grant_tokens;
  std::optional<bool> dry_run;
  static constexpr auto shape() {
    using R = DataKeyRequest;
    return fields(
        body<&R::key_id>("KeyId", {.min = 1, .max = 2048}), body<&R::context>("EncryptionContext"),
        body<&R::number_of_bytes>("NumberOfBytes", {.min = 1, .max = 1024}),
        body<&R::key_spec>("KeySpec", {.values = "AES_256|AES_128"}),
        body<&R::grant_tokens>("GrantTokens", {.min = 0, .max = 10}), body<&R::dry_run>("DryRun"));
  }
  size_t bytes() const {
    return number_of_bytes         ? static_cast<size_t>(*number_of_bytes)
           : key_spec == "AES_128" ? 16
                                   : 32;
  }
};

struct MadeDataKey {
  KeyPtr key;
  Secret plaintext;
  Bytes ciphertext;
};

Status check_data_key(const DataKeyRequest& request);
Task<Result<Target>> data_key_facts(Call& call, const DataKeyRequest& request);
// make_data_key refuses with the name of `operation`.
Task<Result<MadeDataKey>> make_data_key(Call& call, Target target, const DataKeyRequest& request,
                                        std::string_view operation);

}  // namespace coffer::api::kms_ops
