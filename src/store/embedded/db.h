#pragma once
// Db is the opened RocksDB of a store: its column families, its reads, and the ranges of IDs that
// are never drawn twice.
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/meta_store.h"
#include "store/store.h"

namespace rocksdb {
class WriteBatch;
class Cache;
class ColumnFamilyHandle;
class DB;
class Status;
}  // namespace rocksdb

namespace coffer::store::embedded {

// Family is a column family. kLinks keeps link rows and garbage rows (keys.h); its name on disk is
// "segments".
enum class Family : uint8_t { kStore, kRows, kBodies, kCounters, kLinks };
// Tier tells whether a read may wait for the device.
enum class Tier : uint8_t { kMemory, kDevice };

class Db {
 public:
  static Result<std::unique_ptr<Db>> open(const EmbeddedOptions& options,
                                          const std::string& store_id);
  ~Db();

  // Reads answer nullopt where Tier::kMemory does not suffice. get is not for keys without a value.
  std::optional<Result<std::optional<Bytes>>> get(Family family, std::string_view key,
                                                  Tier tier) const;
  // scan answers [from, to) with whole keys. At Tier::kMemory it also gives up where many deleted
  // keys lie in between.
  std::optional<Result<Page>> scan(Family family, const Range& range, ScanMax max, Tier tier) const;
  Result<int64_t> counter(std::string_view key) const;

  // next_id answers a number that no one was given before, whatever crashes. It may write: never on
  // an event loop.
  Result<uint64_t> next_id();

  // next_segment answers such a number for a segment file, once a synced row bounds it: rows that
  // are older than a file are known by it.
  Result<uint64_t> next_segment();
  // No segment was made with a higher number, as far as the rows know. Before the first
  // next_segment.
  uint64_t last_segment() const { return last_segment_; }

  // write is synced. One at a time: the committer's groups, and the numbers that other threads
  // draw.
  rocksdb::Status write(rocksdb::WriteBatch& batch);

  rocksdb::DB& raw() { return *db_; }
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return handles_[size_t(family)]; }

 private:
  Db() = default;
  Status claim(const std::string& store_id);
  Status lease_ids();
  uint64_t last_id();
  // number answers a row of Family::kStore, or `otherwise` where there is none.
  Result<uint64_t> number(std::string_view key, uint64_t otherwise) const;
  Status put_number(std::string_view key, uint64_t value);  // synced
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::mutex write_mutex_;
  std::mutex ids_mutex_;
  uint64_t next_id_ = 0, ids_end_ = 0;
  std::mutex segments_mutex_;
  uint64_t last_segment_ = 0;
};

Bytes encode_counter(int64_t value);
std::optional<int64_t> decode_counter(ByteView bytes);

}  // namespace coffer::store::embedded
