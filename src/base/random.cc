#include "base/random.h"

#include <atomic>
#include <cstring>

#include "base/encoding.h"

namespace coffer {

std::string Random::uuid() {
  Id128 id = id128();
  id[6] = static_cast<uint8_t>((id[6] & 0x0f) | 0x40);  // RFC 9562 section 5.4: version 4
  id[8] = static_cast<uint8_t>((id[8] & 0x3f) | 0x80);  // and the variant
  std::string text = hex(id.view());
  for (size_t at : {20, 16, 12, 8}) text.insert(at, 1, '-');
  return text;
}

// splitmix64 (Steele, Lea, Flood 2014): its state is a counter, so that threads can share it
// without a lock.
void SeededRandom::fill(MutableBytes out) {
  constexpr uint64_t kGamma = 0x9e3779b97f4a7c15;
  std::atomic_ref<uint64_t> state(state_);
  for (size_t at = 0; at < out.size(); at += 8) {
    uint64_t z = state.fetch_add(kGamma, std::memory_order_relaxed) + kGamma;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    std::memcpy(out.data() + at, &z, std::min<size_t>(8, out.size() - at));
  }
}

}  // namespace coffer
