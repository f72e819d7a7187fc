#pragma once
// Hashes over public bytes. Objects are reusable after finish() and belong to one thread at a time.
#include <memory>

#include "base/bytes.h"

namespace coffer::crypto {

enum class Hash : uint8_t { kMd5, kSha1, kSha256, kSha384, kSha512, kSha224 };

class Digest {
 public:
  explicit Digest(Hash hash);
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  ~Digest();
  void update(ByteView data);
  Bytes finish();        // and starts anew
  size_t size() const;   // of the result, bytes
  Digest clone() const;  // with what was hashed so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Bytes digest(Hash hash, ByteView data);
Hash256 sha256(ByteView data);
std::string sha256_hex(ByteView data);

}  // namespace coffer::crypto
