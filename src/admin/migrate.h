#pragma once
// Migration carries a whole store into another one, of either engine. Ciphertext is copied as it
// is and held against its sealed hash, as read and as it lies in the target afterwards. A row that
// names a blob is sealed anew, since the blob has another place; every other row is copied as it
// is.
//
// It may be ended at any moment and run again: what the target has of an object's row it has with
// all that the row names. Nothing of the source changes but its mark, which closes it to servers.
#include <atomic>
#include <map>

#include "admin/migration_mark.h"
#include "s3/s3.h"

namespace coffer::admin {

// Moved is what this run carried. Any thread may read it meanwhile.
struct Moved {
  std::atomic<uint64_t> rows = 0, objects = 0, bodies = 0, blobs = 0, bytes = 0;  // of ciphertext
};

class Migration {
 public:
  // `to` has the ID of the store that `from` works on. Both are the caller's, and nobody else uses
  // them.
  Migration(s3::S3& from, store::Store& to, Random& random)
      : s3_(from), from_(from.store()), to_(to), random_(random) {}

  // begin closes the source and marks the target. False: the target is whole already. Errors: the
  // target holds something else, or the source was migrated to elsewhere.
  Task<Result<bool>> begin();
  // copy carries every row, body, counter and blob. Errors: damage in either store, by name; what a
  // newer program wrote; the target is full or does not answer.
  Task<Status> copy();
  // finish opens the target, once what lies beside the store was copied as well.
  Task<Status> finish();
  const Moved& moved() const { return moved_; }

 private:
  struct Shard;
  struct Crew;
  struct Object;
  using Page = std::vector<store::Row>;
  Task<Status> check_target();
  Task<Status> copy_shard(s3::BucketPtr bucket, uint32_t n);
  Task<Status> load_notes(Shard& shard);
  using Visit = Task<Status> (Migration::*)(Shard&, Page);
  Task<Status> each_page(Shard& shard, store::Range range, Visit visit);
  Task<Status> on_heads(Shard& shard, Page rows);
  Task<Status> on_extents(Shard& shard, Page rows);
  Task<Status> on_parts(Shard& shard, Page rows);
  Task<Status> on_others(Shard& shard, Page rows);

  Task<Result<bool>> already_there(Shard& shard, const store::Row& row, const s3::Head& head);
  Task<Status> carry_extents(Shard& shard, Object& object);
  Task<Result<std::vector<s3::Extent>>> extents_in(store::MetaStore& meta, const Shard& shard,
                                                   const s3::Head& head);
  // carry_extents_row answers the extents as the target's row of that name has them.
  Task<Result<std::vector<s3::Extent>>> carry_extents_row(Shard& shard, std::string key,
                                                          std::vector<s3::Extent> extents);
  Result<store::Row> reseal(Shard& shard, Object& object, store::Batch& batch);
  // settle carries what `extents` name, as far as it is not in the target, and names its new place.
  Task<Status> settle(Shard& shard, std::vector<s3::Extent*> extents, store::Batch& batch);
  Task<void> carry_some(Crew& crew);
  Task<Result<store::BlobRef>> carry_blob(s3::Extent extent);
  Task<Result<Hash256>> hash_of(store::BlobStore& blobs, store::BlobRef ref,
                                store::BlobWriter* copy_to);
  Task<Status> carry_body(const Shard& shard, const s3::Extent& extent, store::Batch& batch);
  Task<Status> copy_counters(store::Partition in);
  Task<Status> copy_partition(store::Partition in);
  Task<Status> compare_rows(store::Partition in, uint64_t expected);
  Task<Status> commit(store::Batch batch);

  s3::S3& s3_;
  store::Store& from_;
  store::Store& to_;
  Random& random_;
  Task<Status> copy_all();
  MigrationMark mark_;
  std::map<Bytes, store::BlobRef> unlinked_;  // finished in the target, by locator
  Moved moved_;
};

}  // namespace coffer::admin
