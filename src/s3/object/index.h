#pragma once
// Index reads and changes the rows of objects in a bucket's shards. Every change of a key is one
// batch, guarded by the shard's fence and by the key's head as it was read; without a client's
// precondition the last writer wins.
#include <functional>

#include "audit/log.h"
#include "base/clock.h"
#include "s3/bucket/buckets.h"
#include "s3/object/record.h"
#include "s3/object/retired.h"
#include "s3/object/version_id.h"
#include "store/store.h"

namespace coffer::s3 {

struct StoredHead {
  Head head;
  Bytes raw;  // the row, for guards
  bool noncurrent = false;
  std::string row(std::string_view key) const {
    return noncurrent ? version_row(key, head.order) : head_row(key);
  }
};

// NewObject is a version about to be committed.
struct NewObject {
  Head head;  // order, generation, modified_ms and whether it has a version ID are set by the
              // commit; the manifest is sealed already
  Metadata metadata;
  std::vector<Extent> extents;
  std::vector<store::BodyRow> bodies;     // of inline extents that are not yet in the store
  std::vector<store::BlobRef> new_blobs;  // not yet linked
};

class Index {
 public:
  struct Deps {
    store::Store& store;
    RowSeal seal;
    Buckets& buckets;
    Clock& clock;
  };
  explicit Index(Deps deps) : d_(deps) {}

  Task<Result<std::optional<StoredHead>>> head(BucketPtr bucket, std::string key);
  // find answers the version of that ID, which may be a delete marker; without one, as head does.
  Task<Result<std::optional<StoredHead>>> find(BucketPtr bucket, std::string key,
                                               std::optional<VersionId> version) {
    if (!version) return head(std::move(bucket), std::move(key));
    return find_version(std::move(bucket), std::move(key), *version);
  }
  // metadata and extents answer what lies beside the head, or in it. Error: InternalError; "gone"
  // where the object was replaced meanwhile.
  Task<Result<Metadata>> metadata(BucketPtr bucket, std::string key, const Head& head);
  Task<Result<std::vector<Extent>>> extents(BucketPtr bucket, std::string key, const Head& head);
  static bool gone(const Error& e) { return e.code == kGone; }
  // changed: the upload that was to be completed has other parts than were chosen; choose again.
  static bool changed(const Error& e) { return e.code == kChanged; }

  // Judge looks at the current object before a change; its error is the answer.
  using Judge = std::function<Status(const std::optional<StoredHead>& current)>;
  // Upload is what a completion ends in the same commit: its row is guarded and goes, its parts'
  // rows are left to the sweep.
  struct Completion {
    std::string row;
    Bytes raw;
    Id128 upload_id{};
    Retired note;
    Error ended;  // the answer where the upload ended meanwhile
  };

  // put makes `object`, or a delete marker, the key's current version. Where versioning is enabled
  // what was current stays as a noncurrent version; else the null version, current or not, becomes
  // garbage. Errors: the judge's, NoSuchBucket, SlowDown.
  Task<Result<Head>> put(BucketPtr bucket, std::string key, NewObject object, Judge judge,
                         std::optional<Completion> completion);
  // rewrap puts `object`, the same version under another envelope, in the place of `before`: order,
  // dates and content stay. Answers false where the version's row is not `before` any more.
  Task<Result<bool>> rewrap(BucketPtr bucket, std::string key, StoredHead before, NewObject object);
  // amend puts `metadata` in the place of what `before` has; content, order and dates stay. Answers
  // false where the version's row is not `before` any more.
  Task<Result<bool>> amend(BucketPtr bucket, std::string key, StoredHead before, Metadata metadata);
  // remove deletes one version for good and answers what went; nullopt: there was none. In the same
  // commit the newest of those that remain becomes current. A version that a lock protects stays.
  // Errors: the judge's, who sees the version; AccessDenied.
  Task<Result<std::optional<Head>>> remove(BucketPtr bucket, std::string key, VersionId version,
                                           Judge judge = nullptr, bool bypass_governance = false);
  // append puts `head`, the same object with one extent more, in the place of `before`. Answers
  // nullopt where that is not the key's object any more, and nothing was changed.
  Task<Result<std::optional<Head>>> append(BucketPtr bucket, std::string key, StoredHead before,
                                           Head head, Extent extent);
  // Renaming is one change of a key's name, under the client's token.
  struct Renaming {
    std::string source, target, token;
    Hash256 what{};  // of all that the request says
    Judge judge_source, judge_target;
  };
  // rename moves an object, in the place of another if there is one, in one commit; the index of
  // its bucket has one shard. Errors: NoSuchKey, the judges', IdempotencyParameterMismatch.
  Task<Status> rename(BucketPtr bucket, Renaming renaming);
  // forget_renames drops the tokens that are an hour old, at most `max`, and answers how many.
  Task<Result<size_t>> forget_renames(BucketPtr bucket, size_t max);

  // seal_row and open_row bind a row to its bucket and key.
  Bytes seal_row(const Bucket& bucket, std::string_view row_key, ByteView plain) const;
  Result<Bytes> open_row(const Bucket& bucket, std::string_view row_key, ByteView sealed) const;
  Result<Head> open_head(const Bucket& bucket, std::string_view row_key, ByteView sealed) const;

  // sweep removes rows that a large deletion or an upload left behind (r/…), at most `max` of them,
  // and answers how many.
  Task<Result<size_t>> sweep(BucketPtr bucket, uint32_t shard, size_t max);
  // retire leaves the note in a batch that the rows of `id` (an object, an upload) are to be swept.
  void retire(store::Batch& batch, const Bucket& bucket, const Id128& id,
              const Retired& note) const;

  // live tells whether the bucket is still the same one.
  bool live(const BucketPtr& bucket) const { return present(bucket) != nullptr; }
  // present is the bucket's record as it is now; null where the bucket is gone.
  BucketPtr present(const BucketPtr& bucket) const {
    BucketPtr now = d_.buckets.find(bucket->value.name);
    return now && now->value.instance == bucket->value.instance ? now : nullptr;
  }
  store::MetaStore& meta() { return d_.store.meta(); }

 private:
  static constexpr const char* kGone = "InternalObjectReplaced";
  static constexpr const char* kChanged = "InternalUploadChanged";
  // mismatch: what lies beside the head is not what it seals: damage, or kGone where the head has
  // been replaced meanwhile.
  Task<Error> mismatch(BucketPtr bucket, std::string key, const Head& head, std::string_view what);
  struct Attempt;
  Task<Result<std::optional<Head>>> settle(BucketPtr bucket, std::string key, const Attempt& before,
                                           const std::optional<StoredHead>& current);
  Task<Result<std::optional<StoredHead>>> find_version(BucketPtr bucket, std::string key,
                                                       VersionId version);
  Task<Result<std::optional<StoredHead>>> noncurrent(BucketPtr bucket, std::string key,
                                                     uint64_t order);
  store::Batch begin(const Bucket& bucket, const std::string& key, const std::string& row,
                     const std::optional<StoredHead>& before) const;
  void fill(store::Batch& batch, const Bucket& bucket, const NewObject& object, Head& head) const;
  Task<Status> supersede(store::Batch& batch, BucketPtr bucket, std::string key,
                         const StoredHead& current, Head& head);
  Task<Status> take_out(store::Batch& batch, BucketPtr bucket, std::string key,
                        const StoredHead& target);
  Task<Status> check_lock(BucketPtr bucket, std::string key, const Head& head, bool bypass);
  Task<Status> promote(store::Batch& batch, BucketPtr bucket, std::string key, const Head& old);
  Result<Bytes> seal_head(const Bucket& bucket, const std::string& row, const Head& head) const;
  Task<Status> add_removal(store::Batch& batch, BucketPtr bucket, std::string key, const Head& old);
  void account(store::Batch& batch, const Head& head, int sign) const;
  Task<Status> add_extent_row(store::Batch& batch, BucketPtr bucket, const Head& before,
                              const Extent& extent);
  Task<Result<bool>> renamed_before(const Bucket& bucket, std::string row, Hash256 what);
  Task<Status> sweep_one(BucketPtr bucket, uint32_t shard, store::Row retired);

  Deps d_;
};

// usage_counter names the counters of what a key protects: "use/KEY/objects" and "use/KEY/bytes";
// KEY is the ARN, or "SSE-S3".
std::string usage_counter(const Envelope& envelope, std::string_view what);

}  // namespace coffer::s3
