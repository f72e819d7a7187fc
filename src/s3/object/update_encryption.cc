// UpdateObjectEncryption: the object's keys are opened as the caller and wrapped under another key;
// its ciphertext is not touched. Source: S3 User Guide, "Updating server-side encryption for
// existing objects"; spec/s3.md A.16.
#include "s3/errors.h"
#include "s3/object/objects.h"

namespace coffer::s3 {

namespace {
constexpr int kAttemptsMax = 8;

Status check_source(Algorithm algorithm) {
  if (algorithm == Algorithm::kAes256 || algorithm == Algorithm::kKms) return ok_status();
  return Error{"InvalidRequest",
               "The UpdateObjectEncryption operation doesn't support source objects with the "
               "encryption type DSSE-KMS or SSE-C. Only source objects encrypted with SSE-S3 or "
               "SSE-KMS are supported."};
}
}  // namespace

Task<Result<Head>> Objects::update_encryption(const authz::RequestContext& caller,
                                              Transport transport, BucketPtr bucket,
                                              std::string key, std::optional<VersionId> version,
                                              Plan plan, Missing missing) {
  CHECK(plan.algorithm == Algorithm::kKms);
  CO_TRY_OK(check_transport(plan.algorithm, transport));
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    CO_TRY(auto before, co_await d_.index.find(bucket, key, version));
    if (!before) co_return missing(nullptr);
    if (before->head.delete_marker) co_return missing(&before->head);
    const Algorithm from = before->head.envelope.algorithm;
    CO_TRY_OK(check_source(from));
    const SealedFor what{bucket, key, before->head.object_id};
    NewObject object{.head = before->head};
    Head& h = object.head;
    auto metadata = co_await d_.index.metadata(bucket, key, h);
    if (!metadata && Index::gone(metadata.error())) continue;
    if (!metadata) co_return std::move(metadata.error());
    auto extents = co_await d_.index.extents(bucket, key, h);
    if (!extents && Index::gone(extents.error())) continue;
    if (!extents) co_return std::move(extents.error());
    CO_TRY(auto keys, co_await d_.envelopes.open(caller, what, h.envelope,
                                                 metadata->encryption_context, nullptr));
    CO_TRY_OK(Envelopes::check_manifest(what, *keys, h));
    CO_TRY(h.envelope, co_await d_.envelopes.rewrap(caller, what, plan, *keys));
    object.metadata = std::move(*metadata);
    object.metadata.encryption_context = plan.context;
    object.extents = std::move(*extents);
    if (h.checksum && from == Algorithm::kAes256) seal_checksums(*keys, object);
    h.extents_hash = hash_extents(object.extents);
    h.manifest_seal = Envelopes::seal_manifest(keys->manifest_key, h);
    h.extent.reset();
    h.metadata.reset();
    const Head done = h;
    CO_TRY(const bool committed,
           co_await d_.index.rewrap(bucket, key, std::move(*before), std::move(object)));
    if (committed) co_return done;
  }
  co_return slow_down();
}

// seal_checksums seals what lies open in the rows of an object under the service's own keys.
void Objects::seal_checksums(const ContentKeys& keys, NewObject& object) const {
  Head& h = object.head;
  h.checksum = d_.envelopes.seal_checksum(keys, h.object_id, Algorithm::kKms, *h.checksum);
  for (Extent& extent : object.extents) {
    if (extent.part_checksum.empty()) continue;
    StoredChecksum part{.algorithm = h.checksum->algorithm, .value = extent.part_checksum};
    extent.part_checksum =
        d_.envelopes.seal_checksum(keys, h.object_id, Algorithm::kKms, std::move(part)).value;
  }
}

}  // namespace coffer::s3
