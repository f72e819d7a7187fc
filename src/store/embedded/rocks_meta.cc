#include "store/embedded/rocks_meta.h"

#include <rocksdb/write_batch.h>

#include "base/log.h"
#include "store/batch_check.h"

namespace coffer::store::embedded {

// A page this small is read on the event loop, where it is in memory.
constexpr size_t kScanInlineRowsMax = 256;
constexpr ScanMax kDropPage{.rows = 1000, .bytes = 2 << 20};

static Result<std::optional<SealedBytes>> sealed(Result<std::optional<Bytes>> read) {
  if (!read.ok()) return read.error();
  if (!*read) return std::optional<SealedBytes>();
  return std::optional<SealedBytes>(BlobAccess::make(std::move(**read)));
}

std::optional<Result<std::optional<Bytes>>> RocksMeta::try_get(const Partition& p,
                                                               std::string_view key) {
  check_partition(p);
  if (parts_.fatal.dead()) return std::nullopt;
  return parts_.db.get(Family::kRows, row_key(p, key), Tier::kMemory);
}

Task<Result<std::optional<Bytes>>> RocksMeta::get_from(Family family, Bytes key) {
  co_await parts_.fatal.park();
  if (auto got = parts_.db.get(family, key, Tier::kMemory)) co_return std::move(*got);
  co_return co_await offload(parts_.pool, [this, family, key = std::move(key)] {
    return std::move(*parts_.db.get(family, key, Tier::kDevice));
  });
}

Task<Result<std::optional<Bytes>>> RocksMeta::get(Partition p, std::string key) {
  check_partition(p);
  return get_from(Family::kRows, row_key(p, key));
}

std::optional<Result<std::optional<SealedBytes>>> RocksMeta::try_get_body(const Partition& p,
                                                                          std::string_view key) {
  check_partition(p);
  if (parts_.fatal.dead()) return std::nullopt;
  auto got = parts_.db.get(Family::kBodies, row_key(p, key), Tier::kMemory);
  if (!got) return std::nullopt;
  return sealed(std::move(*got));
}

Task<Result<std::optional<SealedBytes>>> RocksMeta::get_body(Partition p, std::string key) {
  check_partition(p);
  co_return sealed(co_await get_from(Family::kBodies, row_key(p, key)));
}

static Range whole_keys(const Partition& p, const Range& range) {
  std::string to = range.to.empty() ? after_prefix(row_key(p, "")) : row_key(p, range.to);
  return {row_key(p, range.from), std::move(to)};
}

static Result<Page> own_keys(Result<Page> page) {
  if (page.ok())
    for (Row& row : page->rows) row.key = std::string(rest_of(row.key));
  return page;
}

Task<Result<Page>> RocksMeta::scan_family(Family family, Partition p, Range range, ScanMax max) {
  check_partition(p);
  check_range(range, max);
  co_await parts_.fatal.park();
  if (!range.to.empty() && range.from >= range.to) co_return Page{};
  Range whole = whole_keys(p, range);
  if (max.rows <= kScanInlineRowsMax)
    if (auto page = parts_.db.scan(family, whole, max, Tier::kMemory))
      co_return own_keys(std::move(*page));
  co_return co_await offload(parts_.pool, [this, family, whole = std::move(whole), max] {
    return own_keys(std::move(*parts_.db.scan(family, whole, max, Tier::kDevice)));
  });
}

Task<Result<Page>> RocksMeta::scan(Partition p, Range range, ScanMax max) {
  return scan_family(Family::kRows, std::move(p), std::move(range), max);
}

Task<Result<Page>> RocksMeta::scan_bodies(Partition p, Range range, ScanMax max) {
  return scan_family(Family::kBodies, std::move(p), std::move(range), max);
}

Task<Result<int64_t>> RocksMeta::sum(Partition p, std::string counter) {
  check_partition(p);
  CO_TRY(auto row, co_await get_from(Family::kCounters, row_key(p, counter)));
  if (!row) co_return int64_t{0};
  auto value = decode_counter(*row);
  if (!value) co_return internal_error("rocksdb: a counter is damaged");
  co_return *value;
}

Task<Result<std::vector<std::pair<std::string, int64_t>>>> RocksMeta::counters(Partition p,
                                                                               std::string prefix) {
  std::vector<std::pair<std::string, int64_t>> out;
  Range range = prefix_range(prefix);
  for (;;) {
    CO_TRY(Page page, co_await scan_family(Family::kCounters, p, range, ScanMax{}));
    for (Row& row : page.rows) {
      auto value = decode_counter(row.value);
      if (!value) co_return internal_error("rocksdb: a counter is damaged");
      range.from = row.key + '\0';
      if (*value != 0) out.emplace_back(std::move(row.key), *value);
    }
    if (!page.more) co_return out;
  }
}

namespace {

// BatchWork writes a caller's batch, and the accounting of the blobs it links and unlinks.
struct BatchWork : Work {
  BatchWork(Batch b, int64_t garbage_due_ms, BlobBook& blob_book, WatchHub& watch_hub)
      : batch(std::move(b)), due_ms(garbage_due_ms), book(blob_book), hub(watch_hub) {}
  void fill(const Db& db, rocksdb::WriteBatch& out) const override;
  void count(Counts& counts) const override;
  void durable() override {
    for (const auto* refs : {&batch.links, &batch.unlinks})
      for (const BlobRef& ref : *refs)
        if (auto spot = decode_locator(ref)) book.end(spot->blob);
    hub.notify(batch);
  }
  Batch batch;
  int64_t due_ms;
  BlobBook& book;
  WatchHub& hub;
};

void BatchWork::fill(const Db& db, rocksdb::WriteBatch& out) const {
  auto* rows = db.handle(Family::kRows);
  auto* bodies = db.handle(Family::kBodies);
  auto* links = db.handle(Family::kLinks);
  for (const std::string& key : batch.deletes) out.Delete(rows, row_key(batch.in, key));
  for (const std::string& key : batch.body_deletes) out.Delete(bodies, row_key(batch.in, key));
  for (const Row& row : batch.puts) out.Put(rows, row_key(batch.in, row.key), row.value);
  for (const BodyRow& body : batch.bodies)
    out.Put(bodies, row_key(batch.in, body.key), body.value.view());
  for (const BlobRef& ref : batch.unlinks) {
    auto spot = decode_locator(ref);
    if (!spot) continue;
    LinkRow row{LinkRow::State::kGarbage, spot->blob, ref.bytes, due_ms};
    out.Put(links, link_key(*spot), encode(row));
    out.Put(links, garbage_key(due_ms, *spot), rocksdb::Slice());
  }
  for (const BlobRef& ref : batch.links) {
    auto spot = decode_locator(ref);
    CHECK(spot);  // links_exist refused any other
    LinkRow row{LinkRow::State::kLive, spot->blob, ref.bytes, 0};
    out.Put(links, link_key(*spot), encode(row));
  }
}

void BatchWork::count(Counts& counts) const {
  for (const Add& add : batch.adds) {
    int64_t& sum = counts[row_key(batch.in, add.counter)];
    sum = static_cast<int64_t>(static_cast<uint64_t>(sum) + static_cast<uint64_t>(add.delta));
  }
}

// Every object batch expects its bucket's fence and leaves it as it is: shared, else no two commits
// of a bucket would ever meet in a group.
std::vector<LatchKey> latch_keys(const Batch& batch) {
  std::hash<std::string_view> hash;
  std::vector<LatchKey> out;
  auto add = [&](std::string_view key, LatchMode mode) { out.push_back({hash(key), mode}); };
  for (const Expect& e : batch.expect) add(row_key(batch.in, e.key), LatchMode::kShared);
  for (const Row& row : batch.puts) add(row_key(batch.in, row.key), LatchMode::kExclusive);
  for (const std::string& key : batch.deletes) add(row_key(batch.in, key), LatchMode::kExclusive);
  for (const auto* refs : {&batch.links, &batch.unlinks})
    for (const BlobRef& ref : *refs)
      if (auto spot = decode_locator(ref)) add(link_key(*spot), LatchMode::kExclusive);
  return out;
}

}  // namespace

std::optional<Commit> RocksMeta::links_exist(const Batch& batch, Tier tier) {
  for (const BlobRef& ref : batch.links) {
    auto spot = decode_locator(ref);
    if (spot && parts_.book.touch(spot->blob)) continue;
    std::optional<Bytes> row;
    if (spot) {
      auto got = parts_.db.get(Family::kLinks, link_key(*spot), tier);
      if (!got) return std::nullopt;
      if (got->ok()) row = std::move(**got);
    }
    auto link = row ? decode_link_row(*row) : std::nullopt;
    if (link && link->blob == spot->blob) continue;
    log::error("store.link_of_no_blob", {{"partition", batch.in.name}});
    return Commit::kUnavailable;
  }
  return Commit::kDone;
}

std::optional<Commit> RocksMeta::guards(const Batch& batch, Tier tier) {
  for (const Expect& e : batch.expect) {
    auto got = parts_.db.get(Family::kRows, row_key(batch.in, e.key), tier);
    if (!got) return std::nullopt;
    if (!got->ok()) return Commit::kUnavailable;
    if (**got != e.value) return Commit::kConflict;
  }
  return links_exist(batch, tier);
}

Task<Commit> RocksMeta::commit(Batch batch) {
  size_t bytes = check_batch(batch);
  co_await parts_.fatal.park();
  if (!batch.bodies.empty() && !parts_.gauge.accepts_bodies()) co_return Commit::kFull;
  if (parts_.committer.busy()) co_return Commit::kBusy;
  LatchSet latches = co_await parts_.latches.acquire(latch_keys(batch));
  std::optional<Commit> may = guards(batch, Tier::kMemory);
  if (!may)
    may = co_await offload(parts_.pool, [this, &batch] { return *guards(batch, Tier::kDevice); });
  if (*may != Commit::kDone) co_return *may;
  int64_t due_ms = parts_.clock.wall_ms() + kGarbageDelayMs;
  auto work = std::make_unique<BatchWork>(std::move(batch), due_ms, parts_.book, hub_);
  work->bytes = bytes;
  work->latches = std::move(latches);
  co_return co_await parts_.committer.submit(std::move(work));
}

namespace {
struct DropCounters : Work {
  void fill(const Db& db, rocksdb::WriteBatch& out) const override {
    out.DeleteRange(db.handle(Family::kCounters), range.from, range.to);
  }
  bool drops_counters() const override { return true; }
  Range range;
};
}  // namespace

Task<Status> RocksMeta::drop_counters(Partition p) {
  auto work = std::make_unique<DropCounters>();
  work->range = whole_keys(p, {});
  Commit outcome = co_await parts_.committer.submit(std::move(work));
  if (outcome != Commit::kDone) co_return error_of(outcome);
  co_return ok_status();
}

// Rows go by ordinary commits, which latch each key, so that a guarded commit under way is not
// undercut.
Task<Status> RocksMeta::drop(Partition p) {
  for (Family family : {Family::kBodies, Family::kRows}) {
    bool more = true;
    while (more) {
      CO_TRY(Page page, co_await scan_family(family, p, {}, kDropPage));
      more = page.more;
      if (page.rows.empty()) break;
      Batch batch{.in = p};
      auto& deletes = family == Family::kRows ? batch.deletes : batch.body_deletes;
      for (Row& row : page.rows) deletes.push_back(std::move(row.key));
      Commit outcome = co_await commit(std::move(batch));
      if (outcome != Commit::kDone) co_return error_of(outcome);
    }
  }
  co_return co_await drop_counters(p);
}

Result<std::vector<Partition>> RocksMeta::list_partitions(const std::string& prefix) const {
  std::vector<Partition> out;
  // Keys begin with the length of the partition's name: each length is a range of its own.
  for (size_t length = std::max<size_t>(prefix.size(), 1); length <= 200; ++length) {
    std::string first = std::string(1, static_cast<char>(length)) + prefix;
    std::string end = after_prefix(first);
    while (true) {
      TRY(Page page,
          std::move(*parts_.db.scan(Family::kRows, {first, end}, {.rows = 1}, Tier::kDevice)));
      if (page.rows.empty()) break;
      out.push_back({std::string(partition_of(page.rows[0].key))});
      first = after_prefix(row_key(out.back(), ""));
      if (first >= end) break;
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

Task<Result<std::vector<Partition>>> RocksMeta::partitions(std::string prefix) {
  co_await parts_.fatal.park();
  co_return co_await offload(parts_.pool, [this, prefix] { return list_partitions(prefix); });
}

Task<Result<std::optional<Lease>>> RocksMeta::lease(std::string name, int64_t ttl_ms) {
  return leases_.lease(std::move(name), ttl_ms);
}
Task<Result<std::optional<Lease>>> RocksMeta::renew(Lease lease, int64_t ttl_ms) {
  return leases_.renew(std::move(lease), ttl_ms);
}
Task<Status> RocksMeta::release(Lease lease) { return leases_.release(std::move(lease)); }

std::unique_ptr<Subscription> RocksMeta::watch(std::string partition_prefix, ChangeFn fn) {
  return hub_.add(std::move(partition_prefix), std::move(fn));
}

}  // namespace coffer::store::embedded
