// The marks, the partitions that hold no objects, and the carrying of ciphertext.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>

#include "admin/migrate_shard.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace coffer::admin {

using s3::Extent;

namespace {
constexpr size_t kCrewMax = 8;
constexpr uint64_t kPieceBytes = 4 << 20;
constexpr int kTriesMax = 20;
constexpr std::string_view kIndexPrefix = "index/";

bool transient(store::Commit c) {
  return c == store::Commit::kUnknown || c == store::Commit::kBusy;
}
}  // namespace

Task<Status> Migration::check_target() {
  static constexpr const char* kNotEmpty =
      "The target holds something, and not the beginning of a migration of this store as it is: a "
      "migration needs an empty one.";
  if (to_.store_id() != from_.store_id()) co_return failed(kNotEmpty);
  CO_TRY(auto partitions, co_await to_.meta().partitions(""));
  CO_TRY(auto blobs, co_await to_.blobs().all(""));
  if (!partitions.empty() || !blobs.empty()) co_return failed(kNotEmpty);
  co_return ok_status();
}

Task<Result<bool>> Migration::begin() {
  using State = MigrationMark::State;
  CO_TRY(auto source, co_await migration_mark(from_.meta(), Side::kSource));
  CO_TRY(auto target, co_await migration_mark(to_.meta(), Side::kTarget));
  if (!target || !source || source->id != target->id) {
    CO_TRY_OK(co_await check_target());
    if (source && source->state == State::kDone)
      co_return failed("The store was migrated already; 'coffer migrate --reopen' opens it again.");
  }
  mark_ = source.value_or(MigrationMark{State::kUnderWay, random_.id128()});
  if (!source) CO_TRY_OK(co_await set_migration_mark(from_.meta(), Side::kSource, mark_));
  const bool whole = target && target->state == State::kDone;
  if (whole) CO_TRY_OK(co_await finish());
  if (!target) CO_TRY_OK(co_await set_migration_mark(to_.meta(), Side::kTarget, mark_));
  co_return !whole;
}

Task<Status> Migration::finish() {
  mark_.state = MigrationMark::State::kDone;
  CO_TRY_OK(co_await set_migration_mark(to_.meta(), Side::kTarget, mark_));
  co_return co_await set_migration_mark(from_.meta(), Side::kSource, mark_);
}

Task<Status> Migration::copy() {
  Status copied = co_await copy_all();
  for (const auto& [_, ref] : unlinked_) to_.blobs().give_up(ref);
  unlinked_.clear();
  co_return copied;
}

// Objects are carried once. What lies in other partitions is little, and opening the source may
// have changed it since an earlier run: it is copied anew.
Task<Status> Migration::copy_all() {
  std::set<std::string> shards;
  for (const s3::BucketPtr& bucket : s3_.buckets().all())
    for (uint32_t n = 0; n < bucket->value.shards; ++n) {
      shards.insert(bucket->value.shard(n).name);
      CO_TRY_OK(co_await copy_shard(bucket, n));
    }
  const auto apart = [](const store::Partition& p) {
    return p == kMigrationPartition || p.name.starts_with(kIndexPrefix);
  };
  CO_TRY(auto stale, co_await to_.meta().partitions(""));
  for (const store::Partition& p : stale)
    if (!apart(p)) CO_TRY_OK(co_await to_.meta().drop(p));
  CO_TRY(auto partitions, co_await from_.meta().partitions(""));
  for (const store::Partition& p : partitions) {
    if (p.name.starts_with(kIndexPrefix) && !shards.contains(p.name))
      co_return failed(p.name + " belongs to no bucket.");
    if (!apart(p)) CO_TRY_OK(co_await copy_partition(p));
  }
  co_return ok_status();
}

Task<Status> Migration::copy_partition(store::Partition in) {
  CO_TRY(store::Page bodies, co_await from_.meta().scan_bodies(in, {}, {.rows = 1}));
  if (!bodies.rows.empty()) co_return failed(in.name + " holds bodies, which no object names.");
  store::Range range;
  uint64_t seen = 0;
  for (bool more = true; more;) {
    CO_TRY(store::Page page, co_await from_.meta().scan(in, range, {.rows = 1000}));
    if (page.rows.empty()) break;
    more = page.more;
    seen += page.rows.size();
    range.from = page.rows.back().key + '\0';
    store::Batch batch{.in = in};
    batch.puts = std::move(page.rows);
    CO_TRY_OK(co_await commit(std::move(batch)));
  }
  CO_TRY_OK(co_await copy_counters(in));
  co_return co_await compare_rows(in, seen);
}

// An addition whose outcome is unknown is not repeated but found out.
Task<Status> Migration::copy_counters(store::Partition in) {
  constexpr size_t kAddsMax = 1000;
  CO_TRY(auto wanted, co_await from_.meta().counters(in, ""));
  for (int tries = 0; tries < kTriesMax;) {
    CO_TRY(auto there, co_await to_.meta().counters(in, ""));
    std::map<std::string, int64_t> deltas(wanted.begin(), wanted.end());
    for (const auto& [name, value] : there) deltas[name] -= value;
    std::erase_if(deltas, [](const auto& each) { return each.second == 0; });
    if (deltas.empty()) co_return ok_status();
    store::Batch batch{.in = in};
    for (const auto& [name, delta] : deltas)
      if (batch.adds.size() < kAddsMax) batch.adds.push_back({name, delta});
    const store::Commit outcome = co_await to_.meta().commit(std::move(batch));
    if (transient(outcome)) ++tries;
    if (outcome != store::Commit::kDone && !transient(outcome)) co_return store::error_of(outcome);
  }
  co_return store::error_of(store::Commit::kUnavailable);
}

Task<Status> Migration::compare_rows(store::Partition in, uint64_t expected) {
  uint64_t count = 0;
  store::Range range;
  for (;;) {
    CO_TRY(store::Page page, co_await to_.meta().scan(in, range, {.rows = 4096, .bytes = 4 << 20}));
    count += page.rows.size();
    if (!page.rows.empty()) range.from = page.rows.back().key + '\0';
    if (!page.more) break;
  }
  if (count == expected) co_return ok_status();
  co_return failed(
      fmt::format("{} should have {} rows in the target, and has {}.", in.name, expected, count));
}

// Crew is the blobs of one page, carried by several at once, all on one loop.
struct Migration::Crew {
  std::vector<Extent*> work;
  asio::steady_timer ended;
  size_t next = 0, working = 0;
  std::optional<Error> failure = {};
};

Task<void> Migration::carry_some(Crew& crew) {
  while (crew.next < crew.work.size() && !crew.failure) {
    Extent* extent = crew.work[crew.next++];
    auto carried = co_await carry_blob(*extent);
    if (carried.ok()) {
      extent->blob = std::move(*carried);
    } else {
      crew.failure = std::move(carried.error());
    }
  }
}

Task<Status> Migration::settle(Shard& shard, std::vector<Extent*> extents, store::Batch& batch) {
  auto executor = co_await asio::this_coro::executor;
  Crew crew{{}, asio::steady_timer(executor, asio::steady_timer::time_point::max())};
  std::vector<Bytes> locators;
  for (Extent* e : extents) {
    if (e->in_row) {
      CO_TRY_OK(co_await carry_body(shard, *e, batch));
    } else if (auto known = shard.shared.find(e->blob.locator); known != shard.shared.end()) {
      e->blob = known->second;
    } else {
      crew.work.push_back(e);
      locators.push_back(e->blob.locator);
    }
  }
  std::exception_ptr thrown;
  crew.working = std::min(kCrewMax, crew.work.size());
  for (size_t i = crew.working; i > 0; --i)
    asio::co_spawn(executor, carry_some(crew), [&crew, &thrown](std::exception_ptr e) {
      if (e) thrown = e;
      if (--crew.working == 0) crew.ended.cancel();
    });
  while (crew.working > 0) {
    boost::system::error_code ignored;
    co_await crew.ended.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (thrown) std::rethrow_exception(thrown);
  if (crew.failure) co_return std::move(*crew.failure);
  for (size_t i = 0; i < crew.work.size(); ++i) {
    batch.links.push_back(crew.work[i]->blob);
    if (!shard.notes.empty() && crew.work[i]->part_number != 0)
      shard.shared[locators[i]] = crew.work[i]->blob;
  }
  co_return ok_status();
}

Task<Result<Hash256>> Migration::hash_of(store::BlobStore& blobs, store::BlobRef ref,
                                         store::BlobWriter* copy_to) {
  crypto::Digest digest(crypto::Hash::kSha256);
  for (uint64_t at = 0; at < ref.bytes;) {
    const auto size = static_cast<size_t>(std::min(kPieceBytes, ref.bytes - at));
    CO_TRY(store::SealedBytes piece, co_await blobs.read(ref, at, size));
    digest.update(piece.view());
    at += size;
    if (copy_to) CO_TRY_OK(co_await copy_to->append(std::move(piece)));
  }
  co_return Hash256::from(digest.finish());
}

Task<Result<store::BlobRef>> Migration::carry_blob(Extent extent) {
  const store::BlobRef& ref = extent.blob;
  CO_TRY(auto writer, co_await to_.blobs().create(ref.place, ref.bytes));
  CO_TRY(const Hash256 read, co_await hash_of(from_.blobs(), ref, writer.get()));
  if (read != extent.sealed_hash)
    co_return failed(fmt::format("The blob {} of the source is damaged: 'coffer fsck' tells more.",
                                 hex(ref.locator)));
  CO_TRY(store::BlobRef made, co_await writer->finish());
  unlinked_[made.locator] = made;
  CO_TRY(const Hash256 written, co_await hash_of(to_.blobs(), made, nullptr));
  if (written != extent.sealed_hash)
    co_return failed(
        fmt::format("The blob {} reads otherwise than it was written.", hex(made.locator)));
  ++moved_.blobs;
  moved_.bytes += made.bytes;
  co_return made;
}

Task<Status> Migration::carry_body(const Shard& shard, const Extent& extent, store::Batch& batch) {
  const std::string key = s3::body_row(extent.id);
  CO_TRY(auto body, co_await from_.meta().get_body(shard.in, key));
  if (!body || crypto::sha256(body->view()) != extent.sealed_hash)
    co_return failed(fmt::format(
        "The inline body {} of the source is missing or damaged: 'coffer fsck' tells more.",
        hex(key)));
  ++moved_.bodies;
  moved_.bytes += body->size();
  batch.bodies.push_back({key, std::move(*body)});
  co_return ok_status();
}

// commit is for batches that may be applied twice. Bodies are read back.
Task<Status> Migration::commit(store::Batch batch) {
  if (batch.puts.empty()) co_return ok_status();
  store::Commit outcome = store::Commit::kUnknown;
  for (int tries = 0; tries < kTriesMax && transient(outcome); ++tries)
    outcome = co_await to_.meta().commit(batch);
  if (outcome == store::Commit::kDone || outcome == store::Commit::kUnknown)
    for (const store::BlobRef& ref : batch.links) unlinked_.erase(ref.locator);
  if (outcome != store::Commit::kDone) co_return store::error_of(outcome);
  moved_.rows += batch.puts.size();
  for (const store::BodyRow& body : batch.bodies) {
    CO_TRY(auto there, co_await to_.meta().get_body(batch.in, body.key));
    if (!there || there->view() != body.value.view())
      co_return failed(
          fmt::format("The inline body {} reads otherwise than it was written.", hex(body.key)));
  }
  co_return ok_status();
}

}  // namespace coffer::admin
