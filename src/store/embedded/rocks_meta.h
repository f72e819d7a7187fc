#pragma once
// RocksMeta is the MetaStore over RocksDB. A commit latches every key it expects (shared) or writes
// (alone), checks its guards, and lets the committer write; latches are held until the batch is
// durable, so that what a guard saw is still so when it takes effect.
#include "store/embedded/blob_book.h"
#include "store/embedded/committer.h"
#include "store/embedded/keys.h"
#include "store/lease_keeper.h"
#include "store/watch_hub.h"

namespace coffer::store::embedded {

class RocksMeta : public MetaStore {
 public:
  struct Parts {
    Db& db;
    Fatal& fatal;
    Committer& committer;
    LatchTable& latches;
    BlobBook& book;
    const DiskGauge& gauge;
    Clock& clock;
    WorkPool& pool;
  };
  explicit RocksMeta(Parts parts) : parts_(parts), leases_(*this) {}

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
  void forget_leases() { leases_.clear(); }

 private:
  // Read is one family's read at whichever tier.
  Task<Result<std::optional<Bytes>>> get_from(Family family, Bytes key);
  Task<Result<Page>> scan_family(Family family, Partition p, Range range, ScanMax max);
  // guards answers kDone where the batch may be applied; nullopt where the tier does not suffice.
  std::optional<Commit> guards(const Batch& batch, Tier tier);
  std::optional<Commit> links_exist(const Batch& batch, Tier tier);
  Task<Status> drop_counters(Partition p);
  Result<std::vector<Partition>> list_partitions(const std::string& prefix) const;

  Parts parts_;
  LeaseKeeper leases_;
  WatchHub hub_;
};

}  // namespace coffer::store::embedded
