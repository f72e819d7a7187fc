#pragma once
// LeaseKeeper serves leases where one process has the whole store: a row keeps only the epoch,
// which outlives the process; who holds a lease, and until when, is known in memory, since the
// holders die with the process.
#include <map>
#include <mutex>

#include "store/meta_store.h"

namespace coffer::store {

// The reserved partition: key = the lease's name, value = its last epoch, 8 bytes.
inline const Partition kLeasePartition{"lease/epochs"};

class LeaseKeeper {
 public:
  explicit LeaseKeeper(MetaStore& rows) : rows_(rows) {}
  Task<Result<std::optional<Lease>>> lease(std::string name, int64_t ttl_ms);
  Task<Result<std::optional<Lease>>> renew(Lease lease, int64_t ttl_ms);
  Task<Status> release(Lease lease);
  void clear();

 private:
  struct Held {
    uint64_t epoch = 0;
    int64_t expires_ms = 0;
  };
  Task<Result<uint64_t>> next_epoch(std::string name);
  MetaStore& rows_;
  std::mutex mutex_;
  std::map<std::string, Held> held_;
};

}  // namespace coffer::store
