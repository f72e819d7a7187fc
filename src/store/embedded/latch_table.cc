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
  for (LatchKey key : held_) table_->give_back(key);
  held_.clear();
}

// take does not look at who waits.
bool LatchTable::Latch::take(LatchMode mode) {
  if (written || (mode == LatchMode::kExclusive && readers > 0)) return false;
  if (mode == LatchMode::kExclusive) {
    written = true;
  } else {
    ++readers;
  }
  return true;
}

bool LatchTable::try_take(LatchKey key) {
  Shard& s = shard(key.hash);
  std::lock_guard lock(s.mutex);
  Latch& latch = s.held[key.hash];
  return latch.waiters.empty() && latch.take(key.mode);
}

void LatchTable::take_or_wait(LatchKey key, ResumePtr<Unit> resume) {
  Shard& s = shard(key.hash);
  {
    std::lock_guard lock(s.mutex);
    Latch& latch = s.held[key.hash];
    if (!latch.waiters.empty() || !latch.take(key.mode)) {
      latch.waiters.push_back({key.mode, std::move(resume)});
      return;
    }
  }
  resume->with(Unit{});
}

void LatchTable::give_back(LatchKey key) {
  Shard& s = shard(key.hash);
  std::vector<ResumePtr<Unit>> next;
  {
    std::lock_guard lock(s.mutex);
    auto i = s.held.find(key.hash);
    CHECK(i != s.held.end());
    Latch& latch = i->second;
    if (key.mode == LatchMode::kExclusive) {
      latch.written = false;
    } else {
      --latch.readers;
    }
    // One writer, or every reader before the next writer.
    while (!latch.waiters.empty() && latch.take(latch.waiters.front().mode)) {
      next.push_back(std::move(latch.waiters.front().resume));
      latch.waiters.pop_front();
    }
    if (latch.readers == 0 && !latch.written) s.held.erase(i);
  }
  for (auto& resume : next) resume->with(Unit{});
}

// settled sorts the keys and leaves one of each.
static std::vector<LatchKey> settled(std::vector<LatchKey> keys) {
  std::sort(keys.begin(), keys.end(), [](const LatchKey& a, const LatchKey& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.mode > b.mode;
  });
  auto same = [](const LatchKey& a, const LatchKey& b) { return a.hash == b.hash; };
  keys.erase(std::unique(keys.begin(), keys.end(), same), keys.end());
  return keys;
}

Task<LatchSet> LatchTable::acquire(std::vector<LatchKey> keys) {
  LatchSet set(this);
  for (LatchKey key : settled(std::move(keys))) {
    if (!try_take(key))
      co_await suspend<Unit>(
          [this, key](ResumePtr<Unit> resume) { take_or_wait(key, std::move(resume)); });
    set.add(key);
  }
  co_return set;
}

}  // namespace coffer::store::embedded
