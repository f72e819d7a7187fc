#include "store/embedded/committer.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "base/fault.h"
#include "base/log.h"

namespace coffer::store::embedded {

// Below this even the log has no room: commits are refused before they touch it.
constexpr uint64_t kLogRoomBytes = 16 << 20;

Committer::Committer(Db& db, Fatal& fatal, DiskGauge& gauge, Ballast& ballast)
    : db_(db), fatal_(fatal), gauge_(gauge), ballast_(ballast), thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Task<Commit> Committer::submit(std::unique_ptr<Work> work) {
  queued_bytes_.fetch_add(work->bytes, std::memory_order_relaxed);
  auto* held = work.release();  // the callback must be copyable until asio takes it
  co_return co_await suspend<Commit>([this, held](ResumePtr<Commit> resume) {
    const asio::any_io_executor loop = resume->executor();
    held->resume = std::move(resume);
    {
      std::lock_guard lock(mutex_);
      queue_.emplace_back(held);
    }
    // What is ready on this loop runs first, what it hears meanwhile too: their commits join this
    // one's group, and its sync.
    asio::post(loop, [this, loop] { asio::post(loop, [this] { release(); }); });
  });
}

void Committer::release() {
  {
    std::lock_guard lock(mutex_);
    if (queue_.empty()) return;  // an earlier release took ours along
    released_ = true;
  }
  wake_.notify_one();
}

void Committer::run() {
  for (;;) {
    Group group = take_group();
    if (group.empty()) return;
    write(std::move(group));
  }
}

Committer::Group Committer::take_group() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stop_ || released_; });
  Group group;
  size_t bytes = 0;
  while (!queue_.empty() && bytes < kGroupBytesMax) {
    bytes += queue_.front()->bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  released_ = !queue_.empty();
  queued_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  return group;
}

static void put_counts(const Db& db, Counts& counts, rocksdb::WriteBatch& out) {
  for (const auto& [key, delta] : counts)
    if (delta != 0) out.Merge(db.handle(Family::kCounters), key, encode_counter(delta));
  counts.clear();
}

void Committer::write(Group group) {
  if (fatal_.dead()) return fatal_.bury(std::move(group));
  if (fault::failed("commit.before")) return answer(group, Commit::kUnavailable);
  if (gauge_.free_bytes() < kLogRoomBytes) {
    ballast_.release();
    if (gauge_.free_bytes() < kLogRoomBytes) return answer(group, Commit::kFull);
  }
  rocksdb::WriteBatch batch;
  Counts counts;
  for (const auto& work : group) {
    if (work->drops_counters()) put_counts(db_, counts, batch);
    work->fill(db_, batch);
    work->count(counts);
  }
  put_counts(db_, counts, batch);
  if (!write_durably(batch)) return fatal_.bury(std::move(group));
  bool forget = fault::failed("commit.after");
  for (const auto& work : group) work->durable();
  answer(group, forget ? Commit::kUnknown : Commit::kDone);
}

bool Committer::write_durably(rocksdb::WriteBatch& batch) {
  rocksdb::Status status = fault::failed("wal.sync")
                               ? rocksdb::Status::IOError("sync failed, as the test asked")
                               : db_.write(batch);
  if (status.IsNoSpace()) {
    // Resume begins a new log, so nothing of the failed write can come back; then it is written
    // again.
    ballast_.release();
    status = db_.raw().Resume();
    if (status.ok()) status = db_.write(batch);
  }
  if (!status.ok()) fatal_.raise("a commit could not be made durable: " + status.ToString());
  return status.ok();
}

void Committer::answer(Group& group, Commit outcome) {
  Answers<Commit> answers;
  for (const auto& work : group) {
    work->latches.release();
    answers.add(std::move(work->resume), outcome);
  }
  answers.send();
}

}  // namespace coffer::store::embedded
