#include "crypto/system_random.h"

#include <openssl/rand.h>
#include <pthread.h>

#include <atomic>
#include <cstring>

#include "crypto/openssl.h"

namespace coffer::crypto {
namespace {

// The private generator is not the one whose output TLS shows to its peers.
void draw(MutableBytes out) {
  CHECK(RAND_priv_bytes_ex(nullptr, octets(out), out.size(), 256) == 1);
}

// A draw of 32 bytes costs the generator nearly as much as one of a thousand, and a PUT makes a
// dozen: small ones come out of what the thread drew ahead. It lies in locked memory; what was
// given out is wiped at once.
class DrawnAhead {
 public:
  void take(MutableBytes out) {
    const unsigned process = forks().load(std::memory_order_relaxed);
    if (left_ < out.size() || process != process_) {
      if (bytes_.empty()) bytes_ = Secret(kBytes);
      draw(write_key(bytes_));
      left_ = kBytes;
      process_ = process;
    }
    const MutableBytes from = write_key(bytes_).subspan(left_ - out.size(), out.size());
    std::memcpy(out.data(), from.data(), out.size());
    wipe(from.data(), from.size());
    left_ -= out.size();
  }

 private:
  static constexpr size_t kBytes = 1024;
  // A forked child must not give out what its parent does.
  static std::atomic<unsigned>& forks() {
    static std::atomic<unsigned> count{0};
    static const bool watched = ::pthread_atfork(nullptr, nullptr, [] {
                                  count.fetch_add(1, std::memory_order_relaxed);
                                }) == 0;
    CHECK(watched);
    return count;
  }
  Secret bytes_;
  size_t left_ = 0;
  unsigned process_ = 0;
};

constexpr size_t kSmallBytes = 64;

}  // namespace

void SystemRandom::fill(MutableBytes out) {
  if (out.empty()) return;
  if (out.size() > kSmallBytes) return draw(out);
  thread_local DrawnAhead ahead;
  ahead.take(out);
}

Secret random_secret(Random& random, size_t size) {
  Secret out(size);
  random.fill(write_key(out));
  return out;
}

}  // namespace coffer::crypto
