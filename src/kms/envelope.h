#pragma once
// What is encrypted under a KMS key: the blob that Encrypt and GenerateDataKey answer,
// docs/formats/kms_ciphertext.md. Each is sealed under a key of its own, KDF(backing key, fresh
// salt), bound to the KMS key and the encryption context, and commits to that key. Source: KMS
// Cryptographic Details, "Symmetric key operations"; NIST SP 800-108r1; SP 800-38D.
#include <map>
#include <optional>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "kms/data_keys.h"
#include "kms/key.h"

namespace coffer::kms {

constexpr size_t kPlaintextBytesMax = 4096;
constexpr size_t kBlobBytesMax = 6144;
constexpr size_t kContextBytesMax = 8192;  // in its canonical form

struct BlobHeader {
  std::string account, key_id;
  Hash256 material{};
  FixedBytes<16> salt{};
  Hash256 commitment{};
};
// parse_blob reads a blob's header; nullopt: it is none of ours. Nothing in it is verified yet.
std::optional<BlobHeader> parse_blob(ByteView blob);

// canonical_context is the context in the form that is authenticated: injective, in byte order of
// the names.
Bytes canonical_context(const EncryptionContext& context);
// context_json is the context as the audit trail shows it.
std::string context_json(const EncryptionContext& context);
// check_context answers ValidationException where the context is too large.
Status check_context(const EncryptionContext& context);

// seal_blob encrypts under the current material of a symmetric key. `plaintext`: 1..4096 bytes. The
// key's state is the caller's to check.
Bytes seal_blob(const Key& key, const EncryptionContext& context, const Secret& plaintext,
                Random& random);

// open_blob opens a blob of this very key. Error: InvalidCiphertextException without a message,
// whatever is wrong with it.
struct Opened {
  Secret plaintext;
  Hash256 material{};
};
Result<Opened> open_blob(const Key& key, const EncryptionContext& context, ByteView blob);

Error invalid_ciphertext();

}  // namespace coffer::kms
