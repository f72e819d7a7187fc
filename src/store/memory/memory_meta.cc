#include "store/memory/memory_meta.h"

#include "base/fault.h"
#include "store/batch_check.h"

namespace coffer::store {

const MemoryMeta::Rooms& MemoryMeta::rooms_of(const Partition& p) const {
  static const Rooms kNone;
  auto i = partitions_.find(p.name);
  return i == partitions_.end() ? kNone : i->second;
}

std::optional<Result<std::optional<Bytes>>> MemoryMeta::try_get(const Partition& p,
                                                                std::string_view key) {
  check_partition(p);
  std::lock_guard lock(mutex_);
  const Rows& rows = rooms_of(p).rows;
  auto i = rows.find(key);
  return Result(i == rows.end() ? std::nullopt : std::optional<Bytes>(i->second));
}

Task<Result<std::optional<Bytes>>> MemoryMeta::get(Partition p, std::string key) {
  co_return std::move(*try_get(p, key));
}

std::optional<Result<std::optional<SealedBytes>>> MemoryMeta::try_get_body(const Partition& p,
                                                                           std::string_view key) {
  check_partition(p);
  std::lock_guard lock(mutex_);
  const Rows& bodies = rooms_of(p).bodies;
  auto i = bodies.find(key);
  return Result(i == bodies.end() ? std::nullopt
                                  : std::optional<SealedBytes>(BlobAccess::make(i->second)));
}

Task<Result<std::optional<SealedBytes>>> MemoryMeta::get_body(Partition p, std::string key) {
  co_return std::move(*try_get_body(p, key));
}

Page MemoryMeta::page_of(const Rows& rows, const Range& range, const ScanMax& max) const {
  Page page;
  size_t bytes = 0;
  for (auto i = rows.lower_bound(range.from); i != rows.end(); ++i) {
    if (!range.to.empty() && i->first >= range.to) break;
    if (page.rows.size() >= max.rows || bytes > max.bytes) {
      page.more = true;
      break;
    }
    bytes += i->first.size() + i->second.size();
    page.rows.push_back({i->first, i->second});
  }
  return page;
}

Task<Result<Page>> MemoryMeta::scan(Partition p, Range range, ScanMax max) {
  check_partition(p);
  check_range(range, max);
  std::lock_guard lock(mutex_);
  co_return page_of(rooms_of(p).rows, range, max);
}

Task<Result<Page>> MemoryMeta::scan_bodies(Partition p, Range range, ScanMax max) {
  check_partition(p);
  check_range(range, max);
  std::lock_guard lock(mutex_);
  co_return page_of(rooms_of(p).bodies, range, max);
}

Task<Result<int64_t>> MemoryMeta::sum(Partition p, std::string counter) {
  check_partition(p);
  std::lock_guard lock(mutex_);
  const auto& counters = rooms_of(p).counters;
  auto i = counters.find(counter);
  co_return i == counters.end() ? int64_t{0} : i->second;
}

Task<Result<std::vector<std::pair<std::string, int64_t>>>> MemoryMeta::counters(
    Partition p, std::string prefix) {
  check_partition(p);
  std::vector<std::pair<std::string, int64_t>> out;
  std::lock_guard lock(mutex_);
  const auto& counters = rooms_of(p).counters;
  for (auto i = counters.lower_bound(prefix); i != counters.end() && i->first.starts_with(prefix);
       ++i)
    if (i->second != 0) out.push_back(*i);
  co_return out;
}

bool MemoryMeta::holds(const Rooms& rooms, const std::vector<Expect>& expect) const {
  return std::all_of(expect.begin(), expect.end(), [&](const Expect& e) {
    auto i = rooms.rows.find(e.key);
    return i == rooms.rows.end() ? !e.value : e.value == i->second;
  });
}

Commit MemoryMeta::apply(Batch& batch) {
  std::lock_guard lock(mutex_);
  if (!holds(rooms_of(batch.in), batch.expect)) return Commit::kConflict;
  if (!blobs_.may_link(batch)) return Commit::kUnavailable;
  Rooms& rooms = partitions_[batch.in.name];
  for (const std::string& key : batch.deletes) rooms.rows.erase(key);
  for (const std::string& key : batch.body_deletes) rooms.bodies.erase(key);
  for (const Row& row : batch.puts) rooms.rows[row.key] = row.value;
  for (const BodyRow& body : batch.bodies) rooms.bodies[body.key] = Bytes(body.value.view());
  for (const Add& add : batch.adds) {
    int64_t& sum = rooms.counters[add.counter];
    sum = static_cast<int64_t>(static_cast<uint64_t>(sum) + static_cast<uint64_t>(add.delta));
  }
  blobs_.account(batch);
  return Commit::kDone;
}

Task<Commit> MemoryMeta::commit(Batch batch) {
  check_batch(batch);
  auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
  if (!batch.bodies.empty() && !blobs_.accepts_bodies("")) co_return Commit::kFull;
  (void)fault::hit("commit.before");
  std::lock_guard order(order_);
  Commit outcome = apply(batch);
  (void)fault::hit("commit.after");
  if (outcome == Commit::kDone) hub_.notify(batch);
  co_return outcome;
}

Task<Status> MemoryMeta::drop(Partition p) {
  check_partition(p);
  std::lock_guard order(order_);
  std::vector<std::string> keys;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [key, _] : rooms_of(p).rows) keys.push_back(key);
    partitions_.erase(p.name);
  }
  if (!keys.empty()) hub_.notify(p, keys);
  co_return ok_status();
}

Task<Result<std::vector<Partition>>> MemoryMeta::partitions(std::string prefix) {
  std::vector<Partition> out;
  std::lock_guard lock(mutex_);
  for (auto i = partitions_.lower_bound(prefix);
       i != partitions_.end() && i->first.starts_with(prefix); ++i)
    if (!i->second.rows.empty()) out.push_back({i->first});
  co_return out;
}

Task<Result<std::optional<Lease>>> MemoryMeta::lease(std::string name, int64_t ttl_ms) {
  return leases_.lease(std::move(name), ttl_ms);
}
Task<Result<std::optional<Lease>>> MemoryMeta::renew(Lease lease, int64_t ttl_ms) {
  return leases_.renew(std::move(lease), ttl_ms);
}
Task<Status> MemoryMeta::release(Lease lease) { return leases_.release(std::move(lease)); }

std::unique_ptr<Subscription> MemoryMeta::watch(std::string partition_prefix, ChangeFn fn) {
  return hub_.add(std::move(partition_prefix), std::move(fn));
}

void MemoryMeta::clear() {
  leases_.clear();
  std::lock_guard lock(mutex_);
  partitions_.clear();
}

}  // namespace coffer::store
