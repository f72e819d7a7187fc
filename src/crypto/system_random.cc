#include "crypto/system_random.h"

#include <openssl/rand.h>

#include "crypto/openssl.h"

namespace coffer::crypto {

// The private generator is not the one whose output TLS shows to its peers.
void SystemRandom::fill(MutableBytes out) {
  if (out.empty()) return;
  CHECK(RAND_priv_bytes_ex(nullptr, octets(out), out.size(), 256) == 1);
}

Secret random_secret(Random& random, size_t size) {
  Secret out(size);
  random.fill(write_key(out));
  return out;
}

}  // namespace coffer::crypto
