// AppendObject: PutObject at the end of an object, under the keys it has. What is added is an
// extent of its own; nothing that was written is touched. Source: S3 User Guide, "Appending data to
// objects in directory buckets"; spec/s3.md C.6.
#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/digest.h"
#include "s3/errors.h"
#include "s3/object/objects.h"

namespace coffer::s3 {

namespace {
constexpr int kAttemptsMax = 64;
constexpr uint32_t kExtentsMax = 10000;

Error invalid_write_offset() {
  return {"InvalidWriteOffset",
          "The write offset value that you specified does not match the current object size."};
}

Error encryption_type_mismatch() {
  return {"EncryptionTypeMismatch",
          "The existing object was created with a different encryption type. Subsequent write "
          "requests must include the appropriate encryption parameters in the request or while "
          "creating the session."};
}

Error too_many_parts() {
  return {"TooManyParts",
          "You have attempted to add more parts than the maximum of 10000 that are allowed for "
          "this object. You can use the CopyObject operation to copy this object to another and "
          "then add more data to the newly copied object."};
}

Status check_append(const WriteOptions& o, const Head& head, uint64_t offset, uint64_t length) {
  if (head.bytes != offset) return invalid_write_offset();
  if (head.envelope.algorithm != o.plan.algorithm) return encryption_type_mismatch();
  if (head.extent_count >= kExtentsMax) return too_many_parts();
  if (length == 0)
    return Error{"InvalidRequest", "An append must add at least one byte to the object."};
  return ok_status();
}

Hash256 hash_with(const Hash256& running, const Extent& extent) {
  Writer w;
  w.raw(running.view());
  encode_extent(w, extent);
  return crypto::sha256(w.view());
}

// Only a CRC over the whole object goes on; of others the longer object has none (unverified).
bool goes_on(const std::optional<StoredChecksum>& checksum) {
  return checksum && checksum->type == ChecksumType::kFullObject &&
         crypto::checksum_is_crc(checksum->algorithm);
}
}  // namespace

// add_extent_row puts into the batch the row of extents that the new one joins.
Task<Status> Index::add_extent_row(store::Batch& batch, BucketPtr bucket, const Head& before,
                                   const Extent& extent) {
  Writer w;
  const uint32_t n = before.extent ? 0 : before.extent_count / kExtentsPerRow;
  const std::string row = extents_row(before.object_id, n);
  const size_t in_row = before.extent ? 1 : before.extent_count % kExtentsPerRow;
  w.u8(1).varint(in_row + 1);
  if (before.extent) {
    encode_extent(w, *before.extent);
  } else if (in_row > 0) {
    CO_TRY(auto raw, co_await meta().get(batch.in, row));
    if (!raw) co_return Error{kGone, row};
    CO_TRY(Bytes plain, open_row(bucket->value, row, *raw));
    Reader r(plain);
    if (r.u8() != 1) co_return internal_error("extents row: unknown version");
    if (r.count(50) != in_row) co_return Error{kGone, row};
    for (size_t i = 0; i < in_row; ++i) encode_extent(w, decode_extent(r));
    if (!r.done()) co_return internal_error("extents row: malformed");
  }
  encode_extent(w, extent);
  batch.puts.push_back({row, seal_row(bucket->value, row, w.view())});
  co_return ok_status();
}

Task<Result<std::optional<Head>>> Index::append(BucketPtr bucket, std::string key,
                                                StoredHead before, Head head, Extent extent) {
  const Bucket& b = bucket->value;
  const std::string row = head_row(key);
  head.generation = before.head.generation + 1;
  head.modified_ms = d_.clock.business_ms();
  CO_TRY(const Bytes sealed, seal_head(b, row, head));
  bool unknown = false;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (!live(bucket)) co_return no_such_bucket(b.name);
    if (attempt > 0) {
      CO_TRY(auto now, co_await meta().get(b.partition_of(key), row));
      if (now == sealed) co_return std::optional<Head>(std::move(head));
      if (now != before.raw && unknown) co_return slow_down();
      if (now != before.raw) co_return std::optional<Head>();
    }
    store::Batch batch = begin(b, key, row, before);
    auto joined = co_await add_extent_row(batch, bucket, before.head, extent);
    if (!joined && gone(joined.error())) continue;
    if (!joined) co_return std::move(joined.error());
    batch.links.push_back(extent.blob);
    account(batch, before.head, -1);
    account(batch, head, +1);
    batch.puts.push_back({row, sealed});
    const store::Commit outcome = co_await meta().commit(std::move(batch));
    if (outcome == store::Commit::kDone) co_return std::optional<Head>(std::move(head));
    if (outcome == store::Commit::kUnknown)
      unknown = true;
    else if (outcome != store::Commit::kConflict && outcome != store::Commit::kBusy)
      co_return store::error_of(outcome);
  }
  co_return slow_down();
}

Task<Result<ObjectFacts>> Objects::append(const authz::RequestContext& caller, WriteOptions o,
                                          uint64_t offset, std::shared_ptr<ContentSource> source,
                                          uint64_t length) {
  CO_TRY(auto before, co_await d_.index.head(o.bucket, o.key));
  CO_TRY_OK(judge_write(
      o.conditions, before ? std::optional<std::string>(before->head.etag) : std::nullopt, o.key));
  if (!before) {
    if (offset != 0) co_return invalid_write_offset();
    o.conditions.if_none_match = "*";
    auto made = co_await put(caller, std::move(o), std::move(source), length);
    if (!made && made.error().code == "PreconditionFailed") co_return invalid_write_offset();
    co_return made;
  }
  const Head& old = before->head;
  CO_TRY_OK(check_append(o, old, offset, length));
  if (length > kPutBytesMax)
    co_return Error{"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"}
        .with("ProposedSize", std::to_string(length))
        .with("MaxSizeAllowed", std::to_string(kPutBytesMax));
  const SealedFor what{o.bucket, o.key, old.object_id};
  CO_TRY(auto keys, co_await d_.envelopes.open(caller, what, old.envelope, {}, nullptr));
  CO_TRY_OK(Envelopes::check_manifest(what, *keys, old));
  co_return co_await append_sealed(std::move(o), std::move(*before), std::move(keys),
                                   std::move(source), length);
}

Task<Result<ObjectFacts>> Objects::append_sealed(WriteOptions o, StoredHead before,
                                                 std::shared_ptr<const ContentKeys> keys,
                                                 std::shared_ptr<ContentSource> source,
                                                 uint64_t length) {
  Head head = before.head;
  const Algorithm algorithm = head.envelope.algorithm;
  Integrity integrity(
      o.claims, head.checksum ? head.checksum->algorithm : crypto::ChecksumAlgorithm::kCrc64Nvme,
      false);
  // Never in a row: a reader of a long object must find it though the object was replaced
  // meanwhile.
  CO_TRY(auto written, co_await write_extent(d_.store, o.bucket->value.place(), keys, *source,
                                             length, integrity, d_.random, false));
  ObjectFacts facts;
  if (goes_on(head.checksum)) {
    CO_TRY(auto plain,
           d_.envelopes.open_checksum(*keys, head.object_id, algorithm, *head.checksum));
    plain.value = crypto::combine_crc(plain.algorithm, plain.value, integrity.checksum(), length);
    head.checksum = d_.envelopes.seal_checksum(*keys, head.object_id, algorithm, plain);
    facts.checksum = std::move(plain);
  } else {
    head.checksum.reset();
  }
  head.extent.reset();
  head.bytes += length;
  head.parts = ++head.extent_count;
  head.extents_hash = hash_with(head.extents_hash, written.extent);
  head.etag = new_etag(false, integrity, d_.random);
  head.manifest_seal = Envelopes::seal_manifest(keys->manifest_key, head);
  auto done =
      co_await d_.index.append(o.bucket, o.key, std::move(before), std::move(head), written.extent);
  if (done && *done) {
    facts.head = std::move(**done);
    co_return facts;
  }
  if (done) d_.store.blobs().give_up(written.extent.blob);
  co_return done ? invalid_write_offset() : std::move(done.error());
}

}  // namespace coffer::s3
