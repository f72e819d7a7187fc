#include "s3/object/index.h"

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/digest.h"
#include "s3/bucket/configuration.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr int kAttemptsMax = 64;
constexpr size_t kExtentsInBatchMax = 512;

Bytes encode_extents(const std::vector<Extent>& extents, size_t from, size_t to) {
  Writer w;
  w.u8(1).varint(to - from);
  for (size_t i = from; i < to; ++i) encode_extent(w, extents[i]);
  return w.take();
}

void release(store::Batch& batch, const Extent& e) {
  if (e.in_row)
    batch.body_deletes.push_back(body_row(e.id));
  else
    batch.unlinks.push_back(e.blob);
}

// transient tells whether the commit can be tried again.
bool transient(store::Commit c) {
  return c == store::Commit::kConflict || c == store::Commit::kUnknown || c == store::Commit::kBusy;
}
}  // namespace

std::string usage_counter(const Envelope& e, std::string_view what) {
  const std::string_view key = e.algorithm == Algorithm::kAes256     ? "SSE-S3"
                               : e.algorithm == Algorithm::kCustomer ? "SSE-C"
                                                                     : std::string_view(e.key_arn);
  return fmt::format("use/{}/{}", key, what);
}

Bytes Index::seal_row(const Bucket& bucket, std::string_view row_key, ByteView plain) const {
  return d_.seal.seal(row_aad(bucket, row_key), plain);
}
Result<Bytes> Index::open_row(const Bucket& bucket, std::string_view row_key,
                              ByteView sealed) const {
  return d_.seal.open(row_aad(bucket, row_key), sealed);
}
Result<Head> Index::open_head(const Bucket& bucket, std::string_view row_key,
                              ByteView sealed) const {
  TRY(Bytes plain, open_row(bucket, row_key, sealed));
  return decode_head(plain);
}

Task<Result<std::optional<StoredHead>>> Index::head(BucketPtr bucket, std::string key) {
  const store::Partition in = bucket->value.partition_of(key);
  const std::string row = head_row(key);
  std::optional<Bytes> raw;
  if (auto quick = meta().try_get(in, row)) {
    CO_TRY(raw, std::move(*quick));
  } else {
    CO_TRY(raw, co_await meta().get(in, row));
  }
  if (!raw) co_return std::optional<StoredHead>();
  CO_TRY(Head head, open_head(bucket->value, row, *raw));
  co_return std::optional<StoredHead>(StoredHead{std::move(head), std::move(*raw)});
}

Task<Result<Metadata>> Index::metadata(BucketPtr bucket, std::string key, const Head& head) {
  if (head.metadata) co_return *head.metadata;
  const std::string row = metadata_row(head.object_id);
  CO_TRY(auto raw, co_await meta().get(bucket->value.partition_of(key), row));
  if (!raw) co_return Error{kGone, row};
  CO_TRY(Bytes plain, open_row(bucket->value, row, *raw));
  if (crypto::sha256(plain) != head.metadata_hash)
    co_return co_await mismatch(bucket, key, head, "metadata row");
  co_return decode_metadata(plain);
}

Task<Result<std::vector<Extent>>> Index::extents(BucketPtr bucket, std::string key,
                                                 const Head& head) {
  std::vector<Extent> out;
  if (head.extent) {
    out.push_back(*head.extent);
  } else {
    for (uint32_t n = 0; out.size() < head.extent_count; ++n) {
      const std::string row = extents_row(head.object_id, n);
      CO_TRY(auto raw, co_await meta().get(bucket->value.partition_of(key), row));
      if (!raw) co_return Error{kGone, row};
      CO_TRY(Bytes plain, open_row(bucket->value, row, *raw));
      Reader r(plain);
      if (r.u8() != 1) co_return internal_error("extents row: unknown version");
      for (size_t i = r.count(50); i > 0; --i) out.push_back(decode_extent(r));
      if (!r.done()) co_return internal_error("extents row: malformed");
    }
  }
  if (out.size() != head.extent_count || hash_extents(out) != head.extents_hash)
    co_return co_await mismatch(bucket, key, head, "list of extents");
  co_return out;
}

Task<Error> Index::mismatch(BucketPtr bucket, std::string key, const Head& head,
                            std::string_view what) {
  auto now = co_await find_version(bucket, key, version_of(head));
  const bool replaced = now && (!*now || (*now)->head.object_id != head.object_id ||
                                (*now)->head.generation != head.generation);
  if (replaced) co_return Error{kGone, std::string(what)};
  co_return internal_error(fmt::format("object {}: its {} is not the one that the head seals",
                                       hex(head.object_id.view()), what));
}

void Index::account(store::Batch& batch, const Head& head, int sign) const {
  if (head.delete_marker) return;
  batch.adds.push_back({"objects", sign});
  batch.adds.push_back({"bytes", sign * int64_t(head.bytes)});
  batch.adds.push_back({usage_counter(head.envelope, "objects"), sign});
  batch.adds.push_back({usage_counter(head.envelope, "bytes"), sign * int64_t(head.bytes)});
}

// add_removal puts into the batch what the end of `old` takes with it. An object of many extents
// leaves a note for the sweep.
Task<Status> Index::add_removal(store::Batch& batch, BucketPtr bucket, std::string key,
                                const Head& old) {
  if (old.delete_marker) co_return ok_status();
  account(batch, old, -1);
  if (!old.metadata) batch.deletes.push_back(metadata_row(old.object_id));
  if (old.extent) {
    release(batch, *old.extent);
    co_return ok_status();
  }
  if (old.extent_count > kExtentsInBatchMax) {
    retire(batch, bucket->value, old.object_id, Retired{.kind = Retired::Kind::kExtents});
    co_return ok_status();
  }
  CO_TRY(auto list, co_await extents(bucket, key, old));
  for (const Extent& e : list) release(batch, e);
  for (size_t n = 0; n * kExtentsPerRow < list.size(); ++n)
    batch.deletes.push_back(extents_row(old.object_id, uint32_t(n)));
  co_return ok_status();
}

// Attempt remembers what a commit of unknown outcome would have written, and over what.
struct Index::Attempt {
  bool unknown = false;
  std::vector<Bytes> written;
  std::optional<Bytes> over;
  Head head;
  bool new_blobs = false, judged = false;
  const std::optional<Completion>* completion = nullptr;
};

// settle says how a commit of unknown outcome ended, as far as it can be told: the head, or nullopt
// where it must be tried again. Every sealed row is unique, so an unchanged head means that nothing
// was applied; one changed by somebody else orders ours before theirs, unless a condition was
// judged or ours should have stayed as a version. Where the key was absent and is absent, ours may
// have come and been deleted, its blobs with it: those must not be linked a second time.
Task<Result<std::optional<Head>>> Index::settle(BucketPtr bucket, std::string key, const Attempt& a,
                                                const std::optional<StoredHead>& current) {
  if (current && std::find(a.written.begin(), a.written.end(), current->raw) != a.written.end())
    co_return std::optional<Head>(current->head);
  if (a.unknown && current) {
    CO_TRY(auto ours, co_await noncurrent(bucket, key, a.head.order));
    if (ours && ours->head.object_id == a.head.object_id) co_return std::optional<Head>(a.head);
  }
  if (*a.completion) {
    const Completion& c = **a.completion;
    CO_TRY(auto upload, co_await meta().get(bucket->value.partition_of(key), c.row));
    if (upload == c.raw) co_return std::optional<Head>();
    if (upload) co_return Error{kChanged, c.row};
    if (current && current->head.object_id == c.upload_id)
      co_return std::optional<Head>(current->head);
    if (a.unknown) co_return slow_down();
    co_return c.ended;
  }
  if (!a.unknown) co_return std::optional<Head>();
  const bool unchanged = current ? a.over == current->raw : !a.over;
  const bool stays = a.head.has_version_id || (current && current->head.has_version_id);
  if (!unchanged && (a.judged || stays)) co_return slow_down();
  if (!unchanged) co_return std::optional<Head>(a.head);
  if (!current && a.new_blobs) co_return slow_down();
  co_return std::optional<Head>();
}

store::Batch Index::begin(const Bucket& b, const std::string& key, const std::string& row,
                          const std::optional<StoredHead>& before) const {
  store::Batch batch;
  batch.in = b.partition_of(key);
  store::Row fence = b.fence_row();
  batch.expect.push_back({fence.key, fence.value});
  batch.expect.push_back({row, before ? std::optional<Bytes>(before->raw) : std::nullopt});
  return batch;
}

void Index::fill(store::Batch& batch, const Bucket& b, const NewObject& object, Head& head) const {
  const Bytes metadata = encode_metadata(object.metadata);
  if (metadata.size() <= kHeadMetadataMax) {
    head.metadata = object.metadata;
  } else {
    head.metadata_hash = crypto::sha256(metadata);
    const std::string beside = metadata_row(head.object_id);
    batch.puts.push_back({beside, seal_row(b, beside, metadata)});
  }
  if (object.extents.size() == 1) {
    head.extent = object.extents[0];
  } else {
    for (size_t from = 0, n = 0; from < object.extents.size(); from += kExtentsPerRow, ++n) {
      const std::string beside = extents_row(head.object_id, uint32_t(n));
      const size_t to = std::min(object.extents.size(), from + kExtentsPerRow);
      batch.puts.push_back({beside, seal_row(b, beside, encode_extents(object.extents, from, to))});
    }
  }
  batch.bodies = object.bodies;
  batch.links = object.new_blobs;
  account(batch, head, +1);
}

Result<Bytes> Index::seal_head(const Bucket& b, const std::string& row, const Head& head) const {
  Bytes sealed = seal_row(b, row, encode_head(head));
  if (sealed.size() > store::kGuardedValueMax)
    return Error{"MetadataTooLarge",
                 "Your metadata headers exceed the maximum allowed metadata size"};
  return sealed;
}

Task<Result<Head>> Index::put(BucketPtr bucket, std::string key, NewObject object, Judge judge,
                              std::optional<Completion> completion) {
  const Bucket& b = bucket->value;
  const std::string row = head_row(key);
  // Where keys can be renamed, ours may live on under another name, its rows with it.
  Attempt before{.new_blobs = !object.new_blobs.empty() || b.rules().one_shard,
                 .judged = judge != nullptr,
                 .completion = &completion};
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const BucketPtr now = present(bucket);
    if (!now) co_return no_such_bucket(b.name);
    CO_TRY(auto current, co_await head(bucket, key));
    if (attempt > 0) {
      CO_TRY(auto settled, co_await settle(bucket, key, before, current));
      if (settled) co_return std::move(*settled);
      if (current) before.unknown = false;  // nothing was applied
    }
    if (judge) CO_TRY_OK(judge(current));
    Head head = object.head;
    head.has_version_id = now->value.versioning == Versioning::kEnabled;
    head.order = current ? current->head.order + 1 : 1;
    head.modified_ms = d_.clock.business_ms();
    store::Batch batch = begin(b, key, row, current);
    fill(batch, b, object, head);
    if (current) {
      const bool null_over_null = !head.has_version_id && !current->head.has_version_id;
      auto added = null_over_null ? co_await add_removal(batch, bucket, key, current->head)
                                  : co_await supersede(batch, bucket, key, *current, head);
      if (!added && gone(added.error())) continue;  // replaced since its head was read
      if (!added) co_return std::move(added.error());
    }
    if (completion) {
      batch.expect.push_back({completion->row, completion->raw});
      batch.deletes.push_back(completion->row);
      retire(batch, b, completion->upload_id, completion->note);
    }
    CO_TRY(Bytes sealed, seal_head(b, row, head));
    batch.puts.push_back({row, sealed});
    const store::Commit outcome = co_await meta().commit(std::move(batch));
    if (outcome == store::Commit::kDone) co_return head;
    if (!transient(outcome)) co_return store::error_of(outcome);
    if (outcome == store::Commit::kUnknown) {
      before.unknown = true;
      before.written.push_back(std::move(sealed));
      before.over = current ? std::optional<Bytes>(current->raw) : std::nullopt;
      before.head = std::move(head);
    }
  }
  co_return slow_down();
}

Task<Result<bool>> Index::rewrap(BucketPtr bucket, std::string key, StoredHead before,
                                 NewObject object) {
  const Bucket& b = bucket->value;
  const std::string row = before.row(key);
  Head head = object.head;
  head.order = before.head.order;
  head.modified_ms = before.head.modified_ms;
  head.generation = before.head.generation + 1;
  std::vector<Bytes> written;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (!live(bucket)) co_return no_such_bucket(b.name);
    if (attempt > 0) {
      CO_TRY(auto now, co_await meta().get(b.partition_of(key), row));
      if (!now) co_return false;
      if (std::find(written.begin(), written.end(), *now) != written.end()) co_return true;
      if (*now != before.raw) co_return false;
    }
    store::Batch batch = begin(b, key, row, before);
    fill(batch, b, object, head);
    account(batch, before.head, -1);
    if (!before.head.metadata && head.metadata)
      batch.deletes.push_back(metadata_row(head.object_id));
    CO_TRY(Bytes sealed, seal_head(b, row, head));
    batch.puts.push_back({row, sealed});
    written.push_back(std::move(sealed));
    const store::Commit outcome = co_await meta().commit(std::move(batch));
    if (outcome == store::Commit::kDone) co_return true;
    if (!transient(outcome)) co_return store::error_of(outcome);
  }
  co_return slow_down();
}

// check_lock: a lock is looked for only where the bucket has Object Lock, which never ends.
Task<Status> Index::check_lock(BucketPtr bucket, std::string key, const Head& head, bool bypass) {
  const BucketPtr now = present(bucket);
  if (!now || !configurations(now->value).object_lock || head.delete_marker) co_return ok_status();
  CO_TRY(const Metadata beside, co_await metadata(bucket, key, head));
  co_return judge_deletion(beside.lock, bypass, d_.clock.business_ms());
}

Task<Result<std::optional<Head>>> Index::remove(BucketPtr bucket, std::string key,
                                                VersionId version, Judge judge,
                                                bool bypass_governance) {
  std::optional<Head> tried;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (!live(bucket)) co_return no_such_bucket(bucket->value.name);
    CO_TRY(auto target, co_await find_version(bucket, key, version));
    if (judge && (target || !tried)) CO_TRY_OK(judge(target));
    if (!target) co_return tried;
    auto open = co_await check_lock(bucket, key, target->head, bypass_governance);
    if (!open && gone(open.error())) continue;
    if (!open) co_return std::move(open.error());
    store::Batch batch = begin(bucket->value, key, target->row(key), target);
    auto added = co_await take_out(batch, bucket, key, *target);
    if (!added && gone(added.error())) continue;
    if (!added) co_return std::move(added.error());
    const store::Commit outcome = co_await meta().commit(std::move(batch));
    tried = std::move(target->head);
    if (outcome == store::Commit::kDone) co_return tried;
    if (!transient(outcome)) co_return store::error_of(outcome);
  }
  co_return slow_down();
}

Task<Result<bool>> Index::amend(BucketPtr bucket, std::string key, StoredHead before,
                                Metadata metadata) {
  const Bucket& b = bucket->value;
  const std::string row = before.row(key), beside = metadata_row(before.head.object_id);
  const Bytes encoded = encode_metadata(metadata);
  Head head = before.head;
  head.generation = before.head.generation + 1;
  head.metadata.reset();
  if (encoded.size() <= kHeadMetadataMax)
    head.metadata = std::move(metadata);
  else
    head.metadata_hash = crypto::sha256(encoded);
  CO_TRY(const Bytes sealed, seal_head(b, row, head));
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (!live(bucket)) co_return no_such_bucket(b.name);
    if (attempt > 0) {
      CO_TRY(auto now, co_await meta().get(b.partition_of(key), row));
      if (now == sealed) co_return true;
      if (!now || *now != before.raw) co_return false;
    }
    store::Batch batch = begin(b, key, row, before);
    batch.puts.push_back({row, sealed});
    if (!head.metadata)
      batch.puts.push_back({beside, seal_row(b, beside, encoded)});
    else if (!before.head.metadata)
      batch.deletes.push_back(beside);
    const store::Commit outcome = co_await meta().commit(std::move(batch));
    if (outcome == store::Commit::kDone) co_return true;
    if (!transient(outcome)) co_return store::error_of(outcome);
  }
  co_return slow_down();
}

}  // namespace coffer::s3
