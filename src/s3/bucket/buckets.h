#pragma once
// Buckets keeps the buckets' records: rows "b/NAME" in partitions "names/HH" by hash of the name,
// sealed, mirrored in memory, so that finding one takes no I/O. Threads: any.
#include "audit/log.h"
#include "base/random.h"
#include "base/turns.h"
#include "s3/bucket/bucket.h"
#include "s3/sse/row_seal.h"
#include "store/record_map.h"
#include "store/store.h"

namespace coffer::s3 {

using BucketPtr = std::shared_ptr<const store::RecordMap<Bucket>::Entry>;

class Buckets {
 public:
  struct Deps {
    store::Store& store;
    RowSeal seal;
    Clock& clock;
    Random& random;
    uint32_t shards;  // of a new bucket
    std::string region;
  };
  explicit Buckets(Deps deps) : d_(deps) {}

  // load reads every record and finishes creations and deletions that a crash interrupted.
  Task<Status> load();
  // recover_unfinished does the same for those that an error left half made or half deleted since.
  Task<Status> recover_unfinished();
  void clear() { map_.clear(); }

  // find answers a live bucket, or null.
  BucketPtr find(std::string_view name) const;
  // list answers the live buckets of `owner` in byte order of name.
  std::vector<BucketPtr> list(std::string_view owner) const;

  std::vector<BucketPtr> all() const;

  // create makes the bucket. Errors: BucketAlreadyOwnedByYou, BucketAlreadyExists.
  Task<Result<BucketPtr>> create(Bucket bucket, audit::Draft& draft);
  // remove deletes the bucket of that instance, which must be empty. Errors: NoSuchBucket,
  // BucketNotEmpty.
  Task<Status> remove(std::string name, Id128 instance, audit::Draft& draft);
  // change applies `edit` to the record and commits it together with the draft's row; retried where
  // somebody else changed it. Errors: NoSuchBucket (or another instance than `instance`), what
  // `edit` answers.
  Task<Status> change(std::string name, Id128 instance, std::function<Status(Bucket&)> edit,
                      audit::Draft& draft);

  // The current bucket key (ciphertext) that writers share, per (bucket instance, key, context).
  // Empty: none, or older than five minutes.
  Task<Bytes> shared_bucket_key(BucketPtr bucket, Hash256 which);
  Task<Unit> share_bucket_key(BucketPtr bucket, Hash256 which, Bytes ciphertext);

  // purge removes what an emptied bucket still holds (uploads under way, rows to be swept); set by
  // S3.
  std::function<Task<Status>(BucketPtr)> purge;

 private:
  store::Partition partition_of(std::string_view name) const;
  Bytes aad(std::string_view name) const;
  Task<Result<BucketPtr>> write(const BucketPtr& before, Bucket bucket, audit::Draft* draft);
  Task<Result<BucketPtr>> reread(std::string name);
  Task<Status> fence(const Bucket& bucket, bool open);
  Task<Result<bool>> is_empty(const Bucket& bucket);
  Task<Status> finish_removal(BucketPtr bucket, audit::Draft* draft);
  Task<Status> recover(BucketPtr bucket);
  Task<Status> drop_shared_keys(std::string name);
  std::vector<BucketPtr> in_state(bool live) const;

  Deps d_;
  store::RecordMap<Bucket> map_;
  Turns turns_;  // everything that changes or reads anew a bucket's record goes one after the
                 // other, by its name
};

}  // namespace coffer::s3
