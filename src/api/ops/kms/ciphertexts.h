#pragma once
// How Encrypt, Decrypt and ReEncrypt use a key: under SYMMETRIC_DEFAULT as kms/envelope.h has it,
// under RSAES_OAEP as kms/asymmetric.h has it. `operation` is the name that refusals give.
// Source: KMS API Reference, Encrypt, Decrypt.
#include "api/ops/kms/keys.h"

namespace coffer::api::kms_ops {

// EncryptionUse is what a request says of one key.
struct EncryptionUse {
  std::string_view operation;
  std::string algorithm;
  const EncryptionContext& context;
};

std::string algorithm_of(const std::optional<std::string>& asked);  // the default where none is
// demand_on_use is demand_on with the algorithm that the request names.
Demand demand_on_use(const Call& call, const Target& target, const EncryptionUse& use);

// check_encryption judges everything about an encryption before it is done. Errors:
// InvalidKeyUsageException; ValidationException, a context or too long a plaintext under RSA.
Status check_encryption(const Key& key, const EncryptionUse& use, size_t plaintext_bytes);
struct Sealed {
  Bytes ciphertext;
  std::optional<Hash256> material;  // of a symmetric key
};
// seal_under takes what check_encryption let pass.
Task<Sealed> seal_under(Call& call, KeyPtr key, const EncryptionUse& use, const Secret& plaintext);

struct Opened {
  Secret plaintext;
  std::optional<Hash256> material;
};
// open_under errors: as check_encryption, IncorrectKeyException, InvalidCiphertextException.
Task<Result<Opened>> open_under(Call& call, KeyPtr key, const EncryptionUse& use,
                                ByteView ciphertext);

}  // namespace coffer::api::kms_ops
