#pragma once
// Random is the source of every key, identifier and nonce. The real one is crypto::SystemRandom;
// tests inject a seeded one.
#include "base/bytes.h"

namespace coffer {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutableBytes out) = 0;  // cannot fail: a source that fails stops the process
  Id128 id128() {
    Id128 id;
    fill({reinterpret_cast<char*>(id.data()), id.size()});
    return id;
  }
  Bytes bytes(size_t n) {
    Bytes out(n, '\0');
    fill(out);
    return out;
  }
  uint64_t u64() {
    uint64_t v;
    fill({reinterpret_cast<char*>(&v), sizeof v});
    return v;
  }
  std::string uuid();  // version 4, lower case
};

// SeededRandom repeats itself. For tests alone: never a key's source.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void fill(MutableBytes out) override;

 private:
  uint64_t state_;
};

}  // namespace coffer
