#pragma once
// MemoryMeta is the twin of RocksDB: one ordered map a partition, one lock, and a commit that lets
// other coroutines run first, so that what can conflict does.
#include <map>
#include <mutex>

#include "store/lease_keeper.h"
#include "store/memory/memory_blobs.h"
#include "store/watch_hub.h"

namespace coffer::store {

class MemoryMeta : public MetaStore {
 public:
  explicit MemoryMeta(MemoryBlobs& blobs) : blobs_(blobs), leases_(*this) {}

  std::optional<Result<std::optional<Bytes>>> try_get(const Partition& p,
                                                      std::string_view key) override;
  Task<Result<std::optional<Bytes>>> get(Partition p, std::string key) override;
  std::optional<Result<std::optional<SealedBytes>>> try_get_body(const Partition& p,
                                                                 std::string_view key) override;
  Task<Result<std::optional<SealedBytes>>> get_body(Partition p, std::string key) override;
  Task<Result<Page>> scan(Partition p, Range range, ScanMax max) override;
  Task<Result<Page>> scan_bodies(Partition p, Range range, ScanMax max) override;
  Task<Result<int64_t>> sum(Partition p, std::string counter) override;
  Task<Result<std::vector<std::pair<std::string, int64_t>>>> counters(Partition p,
                                                                      std::string prefix) override;
  Task<Commit> commit(Batch batch) override;
  Task<Status> drop(Partition p) override;
  Task<Result<std::vector<Partition>>> partitions(std::string prefix) override;
  Task<Result<std::optional<Lease>>> lease(std::string name, int64_t ttl_ms) override;
  Task<Result<std::optional<Lease>>> renew(Lease lease, int64_t ttl_ms) override;
  Task<Status> release(Lease lease) override;
  std::unique_ptr<Subscription> watch(std::string partition_prefix, ChangeFn fn) override;
  void clear();

 private:
  using Rows = std::map<std::string, Bytes, std::less<>>;
  struct Rooms {
    Rows rows, bodies;
    std::map<std::string, int64_t, std::less<>> counters;
  };
  const Rooms& rooms_of(const Partition& p) const;
  bool holds(const Rooms& rooms, const std::vector<Expect>& expect) const;
  Commit apply(Batch& batch);
  Page page_of(const Rows& rows, const Range& range, const ScanMax& max) const;

  MemoryBlobs& blobs_;
  LeaseKeeper leases_;
  WatchHub hub_;
  std::recursive_mutex
      order_;  // over a commit and the calls to its watchers: they hear of commits in order
  mutable std::mutex mutex_;
  std::map<std::string, Rooms> partitions_;
};

}  // namespace coffer::store
