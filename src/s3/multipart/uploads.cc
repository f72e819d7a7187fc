#include "s3/multipart/uploads.h"

#include "base/encoding.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr int kAttemptsMax = 64;
using crypto::ChecksumAlgorithm;

std::string algorithm_lower(ChecksumAlgorithm a) { return lower(crypto::checksum_name(a)); }

Result<ChecksumType> resolve_type(std::optional<ChecksumAlgorithm> a,
                                  std::optional<ChecksumType> type) {
  if (!a) {
    if (type)
      return Error{"InvalidRequest",
                   "The x-amz-checksum-type header can only be used with the "
                   "x-amz-checksum-algorithm header."};
    return ChecksumType::kFullObject;
  }
  const bool nvme = *a == ChecksumAlgorithm::kCrc64Nvme;
  const ChecksumType t = type.value_or(nvme ? ChecksumType::kFullObject : ChecksumType::kComposite);
  const bool impossible = t == ChecksumType::kFullObject ? !crypto::checksum_is_crc(*a) : nvme;
  if (impossible)
    return Error{"InvalidRequest",
                 fmt::format("The {} checksum type cannot be used with the {} checksum algorithm.",
                             t == ChecksumType::kFullObject ? "FULL_OBJECT" : "COMPOSITE",
                             algorithm_lower(*a))};
  return t;
}

store::Batch guarded(const BucketPtr& bucket, const std::string& key, const Upload& upload) {
  const Bucket& b = bucket->value;
  store::Batch batch;
  batch.in = b.partition_of(key);
  store::Row fence = b.fence_row();
  batch.expect.push_back({fence.key, fence.value});
  batch.expect.push_back({upload_row(key, upload.id), upload.raw});
  return batch;
}

Status check_part(const PartOptions& o, uint64_t length) {
  const UploadRecord& u = o.upload.record;
  TRY_OK(check_part_customer_key(u.envelope.algorithm, o.customer_key));
  if (length > kPutBytesMax)
    return Error{"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"}
        .with("ProposedSize", std::to_string(length))
        .with("MaxSizeAllowed", std::to_string(kPutBytesMax));
  const auto& sent = o.claims.algorithm;
  if (u.checksum_algorithm && sent && *sent != *u.checksum_algorithm)
    return Error{
        "InvalidRequest",
        fmt::format(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            algorithm_lower(*u.checksum_algorithm), algorithm_lower(*sent))};
  return ok_status();
}
}  // namespace

Task<Result<Upload>> Uploads::create(const authz::RequestContext& caller, WriteOptions o,
                                     std::optional<ChecksumType> type,
                                     std::string sse_algorithm_as_sent,
                                     std::string sse_key_as_sent) {
  Upload upload;
  UploadRecord& u = upload.record;
  CO_TRY(u.checksum_type, resolve_type(o.checksum_algorithm, type));
  u.object_id = d_.random.id128();
  u.metadata = std::move(o.metadata);
  u.metadata.encryption_context = o.plan.context;
  u.storage_class = o.storage_class;
  u.checksum_algorithm = o.checksum_algorithm;
  u.initiated_ms = d_.clock.business_ms();
  u.initiator_arn = caller.principal.arn;
  u.initiator_id = caller.principal.principal_id;
  u.sse_algorithm_as_sent = std::move(sse_algorithm_as_sent);
  u.sse_key_as_sent = std::move(sse_key_as_sent);
  SealedFor what{o.bucket, o.key, u.object_id};
  CO_TRY(auto made, co_await d_.envelopes.make(caller, what, o.plan));
  u.envelope = std::move(made.envelope);
  upload.id = base64url(u.object_id.view());
  const Bucket& b = o.bucket->value;
  const std::string row = upload_row(o.key, upload.id);
  upload.raw = d_.index.seal_row(b, row, encode_upload(u));
  if (upload.raw.size() > store::kGuardedValueMax)
    co_return Error{"MetadataTooLarge",
                    "Your metadata headers exceed the maximum allowed metadata size"};
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    store::Batch batch;
    batch.in = b.partition_of(o.key);
    store::Row fence = b.fence_row();
    batch.expect.push_back({fence.key, fence.value});
    batch.puts.push_back({row, upload.raw});
    const store::Commit outcome = co_await d_.index.meta().commit(std::move(batch));
    if (outcome == store::Commit::kDone) co_return upload;
    if (outcome == store::Commit::kConflict && !d_.index.live(o.bucket))
      co_return no_such_bucket(b.name);
    if (outcome == store::Commit::kFull || outcome == store::Commit::kUnavailable)
      co_return store::error_of(outcome);
  }
  co_return slow_down();
}

Task<Result<Upload>> Uploads::find(BucketPtr bucket, std::string key, std::string upload_id) {
  if (!parse_upload_id(upload_id)) co_return no_such_upload(upload_id);
  const std::string row = upload_row(key, upload_id);
  CO_TRY(auto raw, co_await d_.index.meta().get(bucket->value.partition_of(key), row));
  if (!raw) co_return no_such_upload(upload_id);
  CO_TRY(Bytes plain, d_.index.open_row(bucket->value, row, *raw));
  Upload upload;
  CO_TRY(upload.record, decode_upload(plain));
  upload.id = std::move(upload_id);
  upload.raw = std::move(*raw);
  co_return upload;
}

Task<Result<std::shared_ptr<const ContentKeys>>> Uploads::open_upload(
    const authz::RequestContext& caller, const SealedFor& what, const UploadRecord& u,
    CustomerKeyPtr customer_key) {
  if (u.envelope.algorithm == Algorithm::kCustomer && !customer_key) {
    CO_TRY(Secret manifest_key, d_.envelopes.open_manifest_key(what, u.envelope));
    co_return std::make_shared<const ContentKeys>(
        ContentKeys{Secret(), std::move(manifest_key), {}});
  }
  auto keys = co_await d_.envelopes.open(caller, what, u.envelope, u.metadata.encryption_context,
                                         customer_key);
  const bool another =
      !keys && u.envelope.algorithm == Algorithm::kCustomer && keys.error().code == "AccessDenied";
  if (another) co_return another_customer_key();
  co_return keys;
}

Task<Result<PartFacts>> Uploads::put_part(const authz::RequestContext& caller, PartOptions o,
                                          std::shared_ptr<ContentSource> source, uint64_t length) {
  const UploadRecord& u = o.upload.record;
  CO_TRY_OK(check_part(o, length));
  SealedFor what{o.bucket, o.key, u.object_id};
  CO_TRY(auto keys, co_await open_upload(caller, what, u, o.customer_key));
  const Algorithm algorithm = u.envelope.algorithm;
  const bool md5 = d_.objects.etag_is_md5(o.bucket->value, algorithm);
  Integrity integrity(o.claims, u.checksum_algorithm.value_or(ChecksumAlgorithm::kCrc64Nvme), md5);
  CO_TRY(auto written, co_await write_extent(d_.store, o.bucket->value.place(), keys, *source,
                                             length, integrity, d_.random));
  PartRecord part;
  part.extent = written.extent;
  part.extent.part_number = uint16_t(o.number);
  part.etag = Objects::new_etag(md5, integrity, d_.random);
  part.modified_ms = d_.clock.business_ms();
  StoredChecksum plain{.algorithm = integrity.algorithm(), .value = integrity.checksum()};
  part.checksum = d_.envelopes.seal_checksum(*keys, u.object_id, algorithm, plain);
  CO_TRY_OK(co_await commit_part(o.bucket, o.key, o.upload, part, std::move(written.body)));
  PartFacts facts{.number = o.number,
                  .bytes = length,
                  .etag = std::move(part.etag),
                  .modified_ms = part.modified_ms,
                  .envelope = u.envelope};
  facts.checksum = std::move(plain);
  const Claims& claims = o.claims;
  if (claims.algorithm && !u.checksum_algorithm &&
      claims.checksum)  // echoed, though another one is stored
    facts.checksum = StoredChecksum{.algorithm = *claims.algorithm, .value = *claims.checksum};
  co_return facts;
}

Task<Status> Uploads::commit_part(BucketPtr bucket, std::string key, Upload upload,
                                  const PartRecord& part, std::optional<store::SealedBytes> body) {
  const std::string row = part_row(upload.record.object_id, part.extent.part_number);
  const Bytes sealed = d_.index.seal_row(bucket->value, row, encode_part(part));
  bool unknown = false;
  std::optional<Bytes> over;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    CO_TRY(auto before, co_await d_.index.meta().get(bucket->value.partition_of(key), row));
    store::Batch batch = guarded(bucket, key, upload);
    // A commit of unknown outcome: ours is there, or another part came after it. Parts do not
    // vanish while the upload lasts.
    if (unknown && before != over) co_return ok_status();
    batch.expect.push_back({row, before});
    if (before) {
      // A part that is replaced changes the upload's row, so that a completion which chose the old
      // one fails.
      const std::string upload_key = upload_row(key, upload.id);
      batch.puts.push_back(
          {upload_key, d_.index.seal_row(bucket->value, upload_key, encode_upload(upload.record))});
      CO_TRY(Bytes old_plain, d_.index.open_row(bucket->value, row, *before));
      CO_TRY(PartRecord old, decode_part(old_plain));
      if (old.extent.in_row)
        batch.body_deletes.push_back(body_row(old.extent.id));
      else
        batch.unlinks.push_back(old.extent.blob);
    }
    batch.puts.push_back({row, sealed});
    if (body)
      batch.bodies.push_back({body_row(part.extent.id), *body});
    else
      batch.links.push_back(part.extent.blob);
    const store::Commit outcome = co_await d_.index.meta().commit(std::move(batch));
    if (outcome == store::Commit::kDone) co_return ok_status();
    if (outcome == store::Commit::kFull || outcome == store::Commit::kUnavailable)
      co_return store::error_of(outcome);
    if (outcome == store::Commit::kUnknown) {
      unknown = true;
      over = before;
    }
    CO_TRY(upload, co_await find(bucket, key, upload.id));  // NoSuchUpload where it ended meanwhile
  }
  co_return slow_down();
}

Task<Result<std::vector<std::pair<uint32_t, PartRecord>>>> Uploads::parts_of(
    BucketPtr bucket, std::string key, const Upload& upload, uint32_t after, size_t max) {
  std::vector<std::pair<uint32_t, PartRecord>> out;
  store::Range range = store::prefix_range("p/" + std::string(upload.record.object_id.view()));
  range.from = part_row(upload.record.object_id, after + 1);
  while (out.size() < max) {
    CO_TRY(store::Page page, co_await d_.index.meta().scan(bucket->value.partition_of(key), range,
                                                           {.rows = std::min<size_t>(1000, max)}));
    for (const store::Row& row : page.rows) {
      CO_TRY(Bytes plain, d_.index.open_row(bucket->value, row.key, row.value));
      CO_TRY(PartRecord part, decode_part(plain));
      if (out.size() < max) out.emplace_back(part.extent.part_number, std::move(part));
    }
    if (!page.more) break;
    range.from = page.rows.back().key + '\0';
  }
  co_return out;
}

Task<Result<Uploads::PartPage>> Uploads::list(const authz::RequestContext& caller, BucketPtr bucket,
                                              std::string key, Upload upload, uint32_t after,
                                              uint32_t max, CustomerKeyPtr customer_key) {
  PartPage page;
  const UploadRecord& u = upload.record;
  if (customer_key) CO_TRY_OK(check_part_customer_key(u.envelope.algorithm, customer_key));
  SealedFor what{bucket, key, u.object_id};
  CO_TRY(auto keys, co_await open_upload(caller, what, u, customer_key));
  if (max == 0) co_return page;
  CO_TRY(auto parts, co_await parts_of(bucket, key, upload, after, max + size_t{1}));
  page.truncated = parts.size() > max;
  if (page.truncated) parts.resize(max);
  for (auto& [number, part] : parts) {
    PartFacts facts{.number = number,
                    .bytes = part.extent.plain_bytes,
                    .etag = part.etag,
                    .modified_ms = part.modified_ms};
    if (part.checksum && u.checksum_algorithm && !keys->data_key.empty()) {
      CO_TRY(facts.checksum,
             d_.envelopes.open_checksum(*keys, u.object_id, u.envelope.algorithm, *part.checksum));
    }
    page.parts.push_back(std::move(facts));
  }
  co_return page;
}

// end removes the upload's row and leaves its parts to the sweep.
Task<Status> Uploads::end(BucketPtr bucket, std::string key, Upload upload) {
  bool unknown = false;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    store::Batch batch;
    batch.in = bucket->value.partition_of(key);
    batch.expect.push_back({upload_row(key, upload.id), upload.raw});
    batch.deletes.push_back(upload_row(key, upload.id));
    d_.index.retire(batch, bucket->value, upload.record.object_id,
                    Retired{.kind = Retired::Kind::kParts});
    const store::Commit outcome = co_await d_.index.meta().commit(std::move(batch));
    if (outcome == store::Commit::kDone) co_return ok_status();
    if (outcome == store::Commit::kFull || outcome == store::Commit::kUnavailable)
      co_return store::error_of(outcome);
    unknown |= outcome == store::Commit::kUnknown;
    auto now = co_await find(bucket, key, upload.id);
    if (!now && unknown && now.error().code == "NoSuchUpload") co_return ok_status();
    if (!now) co_return std::move(now.error());
    upload = std::move(*now);
  }
  co_return slow_down();
}

Task<Status> Uploads::abort(BucketPtr bucket, std::string key, Upload upload) {
  co_return co_await end(bucket, key, std::move(upload));
}

Task<Status> Uploads::purge(BucketPtr bucket) {
  for (uint32_t shard = 0; shard < bucket->value.shards; ++shard) {
    for (;;) {
      CO_TRY(store::Page page,
             co_await d_.index.meta().scan(bucket->value.shard(shard), store::prefix_range("u/"),
                                           {.rows = 100}));
      if (page.rows.empty()) break;
      for (const store::Row& row : page.rows) {
        CO_TRY(Bytes plain, d_.index.open_row(bucket->value, row.key, row.value));
        Upload upload;
        CO_TRY(upload.record, decode_upload(plain));
        const size_t nul = row.key.find('\0');
        upload.id = row.key.substr(nul + 1);
        upload.raw = row.value;
        auto ended = co_await end(bucket, row.key.substr(2, nul - 2), std::move(upload));
        if (!ended && ended.error().code != "NoSuchUpload") co_return ended;
      }
    }
    for (size_t swept = 1; swept > 0;) {
      CO_TRY(swept, co_await d_.index.sweep(bucket, shard, 100));
    }
  }
  co_return ok_status();
}

}  // namespace coffer::s3
