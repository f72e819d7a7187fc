#pragma once
// VersionCursor walks the versions of one shard's keys: by key, the newest first.
#include <deque>

#include "s3/listing/listing.h"

namespace coffer::s3 {

class VersionCursor {
 public:
  struct Start {
    std::string heads, versions;          // the rows to begin with
    std::string end_heads, end_versions;  // and those before which to end
    std::string key;  // with `order`: of this key only what is older, though its head is read
    uint64_t order = 0;
    size_t page_rows = 1000;  // of the first page
  };
  VersionCursor(Index& index, BucketPtr bucket, uint32_t shard, Start start)
      : index_(index), bucket_(std::move(bucket)), shard_(shard), next_(std::move(start)) {}

  // at is where the cursor stands; nullptr: the end.
  const ListedVersions::Item* at() const { return items_.empty() ? nullptr : &items_.front(); }
  ListedVersions::Item take();
  // load makes at() valid at first and after take(). Error: SlowDown, where writers are faster than
  // any look at a key.
  Task<Status> load();
  // skip_past moves on to the first key that does not begin with `prefix`.
  Task<Status> skip_past(std::string prefix);

 private:
  struct Window;
  Task<Result<bool>> load_once(size_t rows);
  Task<Result<bool>> unchanged(const Window& window);
  Status merge(const Window& window);
  void move_past(const Window& window);

  Index& index_;
  BucketPtr bucket_;
  uint32_t shard_;
  Start next_;
  std::deque<ListedVersions::Item> items_;
  bool ended_ = false;
};

}  // namespace coffer::s3
