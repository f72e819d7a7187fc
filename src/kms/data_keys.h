#pragma once
// DataKeys are the few calls that the key service offers S3. Each authorizes inside, with the
// caller's forwarded context, and is recorded: one decision and one record a use. Errors are the
// key service's own (NotFoundException, DisabledException, KMSInvalidStateException,
// InvalidKeyUsageException, AccessDeniedException …); S3 puts them into its words.
#include <atomic>
#include <map>
#include <string>

#include "authz/context.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/task.h"

namespace coffer::kms {

using EncryptionContext = std::map<std::string, std::string>;

struct DataKey {
  Secret plaintext;  // 32 bytes
  Bytes ciphertext;  // at most 6,144 bytes; opens under the key named and the same context alone
  std::string key_arn;
};

enum class KeyAction : uint8_t { kGenerateDataKey, kDecrypt };

// HeldKey is the KMS key behind a bucket key that the caller's side holds.
struct HeldKey {
  std::string arn;
  EncryptionContext context;                // that the bucket key was obtained under
  uint64_t generation = 0;                  // of the KMS key, before it was obtained
  std::atomic<int64_t>* avoided = nullptr;  // AvoidedCalls' counter of its uses; null: none
};

class DataKeys {
 public:
  virtual ~DataKeys() = default;

  // References are the caller's to keep until the answer.

  // effective_arn is the full ARN that `identifier` (key ID, ARN, alias name or ARN; empty:
  // alias/aws/s3) means to this caller, looked up silently for condition values; where it cannot be
  // resolved or seen, the identifier as given. Nothing is authorized or made.
  virtual std::string effective_arn(const authz::RequestContext& caller,
                                    std::string_view identifier) const = 0;

  // generate_data_key: a new random key under the KMS key `identifier` (empty: aws/s3, made at its
  // first authorized use). `via` is the caller's context as forwarded by S3
  // (RequestContext::forward).
  virtual Task<Result<DataKey>> generate_data_key(const authz::RequestContext& via,
                                                  std::string identifier,
                                                  EncryptionContext context) = 0;

  // decrypt opens what generate_data_key or bucket_key answered. `key_arn` must be the key that it
  // was made under.
  virtual Task<Result<Secret>> decrypt(const authz::RequestContext& via, std::string key_arn,
                                       Bytes ciphertext, EncryptionContext context) = 0;

  // bucket_key gives a writer the bucket's current key: opens `stored` (which must be under the
  // same key's current material), or makes a new one where that is empty or no longer current.
  // Authorized and recorded as one GenerateDataKey.
  virtual Task<Result<DataKey>> bucket_key(const authz::RequestContext& via, std::string identifier,
                                           EncryptionContext context, Bytes stored) = 0;

  // authorize_cached judges the use of a bucket key that the caller's side already holds: the key's
  // state and the caller's right, in memory, without an event; a refusal is recorded. Counts
  // kms_calls_avoided. Never waits. kStale: the key's generation is another one now, nothing was
  // judged, and the bucket key must be dropped.
  enum class Held : uint8_t { kGood, kStale };
  virtual Result<Held> authorize_cached(const authz::RequestContext& via, KeyAction action,
                                        const HeldKey& held) = 0;

  // generation changes whenever the key's state or material changes in a way that ends cached keys
  // (disabled, deletion scheduled, gone, rotated). 0: no such key.
  virtual uint64_t generation(std::string_view key_arn) const = 0;
};

}  // namespace coffer::kms
