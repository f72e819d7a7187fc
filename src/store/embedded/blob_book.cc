#include "store/embedded/blob_book.h"

#include "base/clock.h"

namespace coffer::store::embedded {

void BlobBook::begin(uint64_t blob, std::string place, uint64_t segment) {
  std::lock_guard lock(mutex_);
  blobs_[blob] = {std::move(place), segment, Clock::monotonic_ms()};
  ++by_segment_[segment];
}

bool BlobBook::touch(uint64_t blob) {
  std::lock_guard lock(mutex_);
  auto i = blobs_.find(blob);
  if (i == blobs_.end()) return false;
  i->second.touched_ms = Clock::monotonic_ms();
  return true;
}

void BlobBook::end_locked(std::unordered_map<uint64_t, Entry>::iterator i) {
  auto count = by_segment_.find(i->second.segment);
  if (--count->second == 0) by_segment_.erase(count);
  blobs_.erase(i);
}

void BlobBook::end(uint64_t blob) {
  std::lock_guard lock(mutex_);
  if (auto i = blobs_.find(blob); i != blobs_.end()) end_locked(i);
}

void BlobBook::give_up(uint64_t blob) {
  std::lock_guard lock(mutex_);
  auto i = blobs_.find(blob);
  if (i == blobs_.end()) return;
  given_up_.emplace_back(i->second.place, i->second.segment);
  end_locked(i);
}

std::vector<std::pair<std::string, uint64_t>> BlobBook::expire(int64_t before_ms) {
  std::lock_guard lock(mutex_);
  auto out = std::exchange(given_up_, {});
  for (auto i = blobs_.begin(); i != blobs_.end();) {
    auto next = std::next(i);
    if (i->second.touched_ms < before_ms) {
      out.emplace_back(i->second.place, i->second.segment);
      end_locked(i);
    }
    i = next;
  }
  return out;
}

bool BlobBook::any_in(uint64_t segment) const {
  std::lock_guard lock(mutex_);
  return by_segment_.contains(segment);
}

void BlobBook::clear() {
  std::lock_guard lock(mutex_);
  blobs_.clear();
  by_segment_.clear();
  given_up_.clear();
}

}  // namespace coffer::store::embedded
