#pragma once
// Envelopes makes and opens the wrapped keys of objects: the only place of S3 that asks the key
// service for keys. Data keys and bucket keys stay within s3/sse/, as Secrets.
// docs/formats/object.md has the envelope's bytes.
#include <functional>
#include <list>
#include <mutex>
#include <unordered_map>

#include "authz/context.h"
#include "base/clock.h"
#include "base/random.h"
#include "kms/data_keys.h"
#include "s3/bucket/buckets.h"
#include "s3/object/record.h"
#include "s3/sse/content_keys.h"
#include "s3/sse/plan.h"
#include "seal/domain_keys.h"

namespace coffer::s3 {

// SealedFor says for whom an object's keys are wrapped: which bucket, which name, which object.
struct SealedFor {
  BucketPtr bucket;
  std::string key;
  Id128 object_id{};
};

class Envelopes {
 public:
  struct Deps {
    kms::DataKeys& kms;
    seal::DomainKeys& keys;
    Buckets& buckets;
    Clock& clock;
    Random& random;
  };
  explicit Envelopes(Deps deps) : d_(deps) {}

  struct Made {
    Envelope envelope;
    std::shared_ptr<const ContentKeys> keys;
  };
  // In both, references are the caller's to keep until the answer.

  // make draws a data key and a manifest key for a new object and wraps them as the plan says.
  // Under SSE-KMS the key service is asked as the caller. Errors: S3's words for the key service's
  // refusals (KMS.NotFoundException, KMS.DisabledException, AccessDenied …).
  Task<Result<Made>> make(const authz::RequestContext& caller, const SealedFor& what,
                          const Plan& plan);

  // rewrap makes another envelope for opened keys, under the plan's: no byte of content changes.
  // Errors as make's.
  Task<Result<Envelope>> rewrap(const authz::RequestContext& caller, const SealedFor& what,
                                const Plan& plan, const ContentKeys& keys);

  // open gives back the keys of `envelope`, checked against its commitment. Under SSE-KMS the
  // caller needs kms:Decrypt; under SSE-C `customer_key` is the request's. `context`: the client's
  // own encryption context, from the object's metadata. Error under SSE-C: AccessDenied, another
  // key.
  Task<Result<std::shared_ptr<const ContentKeys>>> open(
      const authz::RequestContext& caller, const SealedFor& what, const Envelope& envelope,
      const std::map<std::string, std::string>& context, const CustomerKeyPtr& customer_key);
  // check_manifest refuses a head whose content manifest is not the one that was sealed.
  static Status check_manifest(const SealedFor& what, const ContentKeys& keys, const Head& head);

  // open_manifest_key is for who keeps the store: Complete and fsck check and renew manifests
  // without any customer's key.
  Result<Secret> open_manifest_key(const SealedFor& what, const Envelope& envelope) const;
  static Hash256 seal_manifest(const Secret& manifest_key, const Head& head);

  // The checksum of an object whose content is the customer's secret is sealed under its data key.
  StoredChecksum seal_checksum(const ContentKeys& keys, const Id128& object_id, Algorithm algorithm,
                               StoredChecksum plain) const;
  Result<StoredChecksum> open_checksum(const ContentKeys& keys, const Id128& object_id,
                                       Algorithm algorithm, StoredChecksum sealed) const;

  // check_key tells whether the caller may use the bucket's KMS key now: for reading, and where
  // `writes` for writing, which obtains a bucket key that the caller's writes then use. Errors as
  // make's.
  Task<Status> check_key(const authz::RequestContext& caller, BucketPtr bucket, std::string key_arn,
                         bool writes);

  // effective_key_arn is what a plan's key means to the caller: the value of
  // s3:x-amz-server-side-encryption-aws-kms-key-id.
  std::optional<std::string> effective_key_arn(const authz::RequestContext& caller,
                                               const Plan& plan) const;

  void forget_all();  // every cached bucket key

 private:
  // Obtained is a key that the key service gave: a bucket key, or a data key for one object.
  struct Obtained {
    kms::HeldKey by;
    Bytes ciphertext;
    std::shared_ptr<const Secret> key;
  };
  using ObtainedPtr = std::shared_ptr<const Obtained>;
  // A Slot keeps a bucket key that one credential obtained, at most kBucketKeyLifeMs ago.
  struct Slot {
    std::string name;
    ObtainedPtr key;
    int64_t expires_ms = 0;  // monotonic
    uint64_t uses_left = 0;
  };

  authz::RequestContext forwarded(const authz::RequestContext& caller, const Bucket& bucket) const;
  kms::EncryptionContext kms_context(const SealedFor& what, bool bucket_key,
                                     const std::map<std::string, std::string>& client) const;
  Bytes wrap_inner_key(const SealedFor& what, const ContentKeys& keys) const;
  Result<Secret> open_inner_key(const SealedFor& what, const Envelope& envelope,
                                const Secret& data_key) const;
  Task<Result<ObtainedPtr>> key_for_write(const authz::RequestContext& via, const SealedFor& what,
                                          const Plan& plan);
  Task<Result<ObtainedPtr>> bucket_key_for_write(const authz::RequestContext& via,
                                                 const SealedFor& what, const Plan& plan,
                                                 std::string arn, std::string slot);
  Task<Result<ObtainedPtr>> key_for_read(const authz::RequestContext& via, const SealedFor& what,
                                         const Envelope& envelope,
                                         const std::map<std::string, std::string>& context);
  // reuse answers what `slot` keeps, if the caller may use it now; null: nothing, or no longer.
  Result<ObtainedPtr> reuse(const authz::RequestContext& via, const std::string& slot,
                            kms::KeyAction action);
  ObtainedPtr cached(const std::string& slot, bool for_write);
  void remember(std::string slot, ObtainedPtr key);
  void drop(const std::string& slot);

  Deps d_;
  std::mutex mutex_;
  std::list<Slot> order_;  // most recently used first
  std::unordered_map<std::string_view, std::list<Slot>::iterator> slots_;  // by Slot::name
};

// s3_error puts a key service's refusal into S3's words: KMS.<Exception> with status 400,
// AccessDenied for what was not allowed.
Error s3_error(Error kms_error);

}  // namespace coffer::s3
