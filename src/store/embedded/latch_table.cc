#include "store/embedded/latch_table.h"

#include <algorithm>

namespace coffer::store::embedded {

LatchSet::LatchSet(LatchSet&& other) noexcept
    : table_(other.table_), held_(std::move(other.held_)) {
  other.held_.clear();
}

LatchSet& LatchSet::operator=(LatchSet&& other) noexcept {
  if (this == &other) return *this;
  release();
  table_ = other.table_;
  held_ = std::move(other.held_);
  other.held_.clear();
  return *this;
}

void LatchSet::release() {
  for (uint64_t key : held_) table_->give_back(key);
  held_.clear();
}

bool LatchTable::try_take(uint64_t key) {
  Shard& s = shard(key);
  std::lock_guard lock(s.mutex);
  return s.held.try_emplace(key).second;
}

void LatchTable::take_or_wait(uint64_t key, ResumePtr<Unit> resume) {
  Shard& s = shard(key);
  {
    std::lock_guard lock(s.mutex);
    auto [i, taken] = s.held.try_emplace(key);
    if (!taken) {
      i->second.push_back(std::move(resume));
      return;
    }
  }
  resume->with(Unit{});
}

void LatchTable::give_back(uint64_t key) {
  Shard& s = shard(key);
  ResumePtr<Unit> next;
  {
    std::lock_guard lock(s.mutex);
    auto i = s.held.find(key);
    CHECK(i != s.held.end());
    if (i->second.empty()) {
      s.held.erase(i);
      return;
    }
    next = std::move(i->second.front());
    i->second.erase(i->second.begin());
  }
  next->with(Unit{});
}

Task<LatchSet> LatchTable::acquire(std::vector<uint64_t> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  LatchSet set(this);
  for (uint64_t key : keys) {
    if (!try_take(key))
      co_await suspend<Unit>(
          [this, key](ResumePtr<Unit> resume) { take_or_wait(key, std::move(resume)); });
    set.add(key);
  }
  co_return set;
}

}  // namespace coffer::store::embedded
