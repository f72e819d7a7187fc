#pragma once
// LatchTable lets one commit at a time touch a key, from the check of its guards until it is
// durable. A coroutine that has to wait is queued, first come first served; no thread blocks. Keys
// are known by hash: a collision only makes two commits wait.
#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/embedded/resume.h"

namespace coffer::store::embedded {

class LatchTable;

// LatchSet holds latches and gives them back when it goes; from any thread.
class LatchSet {
 public:
  LatchSet() = default;
  explicit LatchSet(LatchTable* table) : table_(table) {}
  LatchSet(LatchSet&& other) noexcept;
  LatchSet& operator=(LatchSet&& other) noexcept;
  ~LatchSet() { release(); }
  void add(uint64_t key) { held_.push_back(key); }
  void release();

 private:
  LatchTable* table_ = nullptr;
  std::vector<uint64_t> held_;
};

class LatchTable {
 public:
  // acquire takes every latch of `keys`, in sorted order, so that no two callers wait for each
  // other.
  Task<LatchSet> acquire(std::vector<uint64_t> keys);

 private:
  friend class LatchSet;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<uint64_t, std::vector<ResumePtr<Unit>>> held;  // and who waits
  };
  Shard& shard(uint64_t key) { return shards_[key % shards_.size()]; }
  bool try_take(uint64_t key);
  void take_or_wait(uint64_t key, ResumePtr<Unit> resume);
  void give_back(uint64_t key);
  std::array<Shard, 64> shards_;
};

}  // namespace coffer::store::embedded
