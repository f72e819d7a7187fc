#include "store/lease_keeper.h"

#include "base/clock.h"
#include "base/wire.h"

namespace coffer::store {

Task<Result<uint64_t>> LeaseKeeper::next_epoch(std::string name) {
  for (;;) {
    CO_TRY(std::optional<Bytes> row, co_await rows_.get(kLeasePartition, name));
    uint64_t epoch = 1;
    if (row) {
      Reader r(*row);
      epoch = r.u64() + 1;
      if (!r.done()) co_return internal_error("a damaged lease row");
    }
    Batch batch{.in = kLeasePartition};
    batch.expect.push_back({name, row});
    batch.puts.push_back({name, Writer().u64(epoch).take()});
    Commit outcome = co_await rows_.commit(std::move(batch));
    if (outcome == Commit::kDone) co_return epoch;
    if (outcome != Commit::kConflict) co_return error_of(outcome);
  }
}

Task<Result<std::optional<Lease>>> LeaseKeeper::lease(std::string name, int64_t ttl_ms) {
  {
    std::lock_guard lock(mutex_);
    Held& held = held_[name];
    if (held.expires_ms > Clock::monotonic_ms()) co_return std::optional<Lease>();
    // Taken before its epoch is known, so that nobody else takes it meanwhile.
    held = {.epoch = 0, .expires_ms = Clock::monotonic_ms() + ttl_ms};
  }
  Result<uint64_t> epoch = co_await next_epoch(name);
  std::lock_guard lock(mutex_);
  Held& held = held_[name];
  if (!epoch.ok()) {
    held.expires_ms = 0;
    co_return epoch.error();
  }
  held.epoch = *epoch;
  co_return std::optional<Lease>(Lease{name, *epoch, held.expires_ms});
}

Task<Result<std::optional<Lease>>> LeaseKeeper::renew(Lease lease, int64_t ttl_ms) {
  std::lock_guard lock(mutex_);
  auto i = held_.find(lease.name);
  int64_t now_ms = Clock::monotonic_ms();
  if (i == held_.end() || i->second.epoch != lease.epoch || i->second.expires_ms <= now_ms)
    co_return std::optional<Lease>();
  i->second.expires_ms = lease.expires_ms = now_ms + ttl_ms;
  co_return std::optional<Lease>(std::move(lease));
}

Task<Status> LeaseKeeper::release(Lease lease) {
  std::lock_guard lock(mutex_);
  auto i = held_.find(lease.name);
  if (i != held_.end() && i->second.epoch == lease.epoch) held_.erase(i);
  co_return ok_status();
}

void LeaseKeeper::clear() {
  std::lock_guard lock(mutex_);
  held_.clear();
}

}  // namespace coffer::store
