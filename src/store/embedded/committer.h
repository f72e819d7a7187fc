#pragma once
// Committer is the one thread that writes rows: it joins what waits into one WriteBatch with one
// sync, and answers each in the order of effects.
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "store/embedded/db.h"
#include "store/embedded/disk_gauge.h"
#include "store/embedded/fatal.h"
#include "store/embedded/latch_table.h"

namespace rocksdb {
class WriteBatch;
}

namespace coffer::store::embedded {

// Counts are the changes of counters, by key: a group writes each counter once, however many of
// its callers change it.
using Counts = std::map<Bytes, int64_t>;

// Work is one caller's part of a group.
struct Work {
  virtual ~Work() = default;
  virtual void fill(const Db& db, rocksdb::WriteBatch& out) const = 0;
  virtual void count(Counts& counts) const {}
  virtual bool drops_counters() const { return false; }  // what came before it must be in the batch
  virtual void durable() {}  // on the committer's thread, before the answer
  size_t bytes = 0;
  LatchSet latches;  // given back once durable
  ResumePtr<Commit> resume;
};

class Committer {
 public:
  Committer(Db& db, Fatal& fatal, DiskGauge& gauge, Ballast& ballast);
  ~Committer();  // writes what is queued
  Task<Commit> submit(std::unique_ptr<Work> work);
  bool busy() const { return queued_bytes_.load(std::memory_order_relaxed) > kQueuedBytesMax; }

 private:
  static constexpr size_t kQueuedBytesMax = 64 << 20;
  static constexpr size_t kGroupBytesMax = 8 << 20;
  using Group = std::vector<std::unique_ptr<Work>>;
  void run();
  void release();
  Group take_group();
  void write(Group group);
  bool write_durably(rocksdb::WriteBatch& batch);
  void answer(Group& group, Commit outcome);
  Db& db_;
  Fatal& fatal_;
  DiskGauge& gauge_;
  Ballast& ballast_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Work>> queue_;
  std::atomic<size_t> queued_bytes_{0};
  bool released_ = false;  // the queue may be written
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace coffer::store::embedded
