#pragma once
// LatchTable keeps a key as it is from the check of a commit's guards until the commit is durable:
// a key that is only expected is shared by any number of commits, a key that is written is one
// commit's alone. A coroutine that has to wait is queued; no thread blocks. Who came first is
// served first, so that readers do not starve a writer. Keys are known by hash: a collision only
// makes two commits wait.
#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/embedded/resume.h"

namespace coffer::store::embedded {

class LatchTable;

enum class LatchMode : uint8_t { kShared, kExclusive };
struct LatchKey {
  uint64_t hash = 0;
  LatchMode mode = LatchMode::kExclusive;
};

// LatchSet holds latches and gives them back when it goes; from any thread.
class LatchSet {
 public:
  LatchSet() = default;
  explicit LatchSet(LatchTable* table) : table_(table) {}
  LatchSet(LatchSet&& other) noexcept;
  LatchSet& operator=(LatchSet&& other) noexcept;
  ~LatchSet() { release(); }
  void add(LatchKey key) { held_.push_back(key); }
  void release();

 private:
  LatchTable* table_ = nullptr;
  std::vector<LatchKey> held_;
};

class LatchTable {
 public:
  // acquire takes every latch of `keys`, in sorted order, so that no two callers wait for each
  // other. A key that is there twice is taken once, exclusively where either asks for it.
  Task<LatchSet> acquire(std::vector<LatchKey> keys);

 private:
  friend class LatchSet;
  struct Waiter {
    LatchMode mode;
    ResumePtr<Unit> resume;
  };
  struct Latch {
    bool take(LatchMode mode);
    size_t readers = 0;
    bool written = false;
    std::deque<Waiter> waiters;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<uint64_t, Latch> held;
  };
  Shard& shard(uint64_t hash) { return shards_[hash % shards_.size()]; }
  bool try_take(LatchKey key);
  void take_or_wait(LatchKey key, ResumePtr<Unit> resume);
  void give_back(LatchKey key);
  std::array<Shard, 64> shards_;
};

}  // namespace coffer::store::embedded
