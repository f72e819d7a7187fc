#pragma once
// What migrate.cc and migrate_rows.cc share.
#include <map>

#include "admin/migrate.h"

namespace coffer::admin {

// Shard is one index shard under way.
struct Migration::Shard {
  s3::BucketPtr bucket;
  store::Partition in;
  std::map<Bytes, s3::Retired> notes;          // of uploads' parts that wait for the sweep, by ID
  std::map<Bytes, store::BlobRef> shared;      // source locator -> target: what such parts may name
  uint64_t seen = 0, added = 0, left_out = 0;  // rows

  const s3::Bucket& b() const { return bucket->value; }
  std::string name(std::string_view key) const { return fmt::format("s3://{}/{}", b().name, key); }
};

// Object is a version under way: its row, and its extents before and after.
struct Migration::Object {
  store::Row row;
  std::string key;
  s3::Head head;
  std::vector<s3::Extent> before, after;
};

inline Error failed(std::string sentence) { return {"MigrationFailed", std::move(sentence)}; }

}  // namespace coffer::admin
