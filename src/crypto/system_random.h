#pragma once
// SystemRandom is OpenSSL's DRBG, seeded by getrandom(2). Safe from any thread. A failing source
// ends the process.
#include "base/random.h"
#include "base/secret.h"

namespace coffer::crypto {
class SystemRandom : public Random {
 public:
  void fill(MutableBytes out) override;
};
// random_secret draws `size` bytes straight into locked memory.
Secret random_secret(Random& random, size_t size = 32);
}  // namespace coffer::crypto
