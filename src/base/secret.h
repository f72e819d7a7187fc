#pragma once
// Secret holds key material: move-only, wiped when freed, in page-locked memory that no core dump
// contains. It has no <<, no == and no implicit view: who needs the bytes presents a SecretAccess,
// which only crypto/, seal/, kms/, iam/, net/'s listener and the response encoder can make; a
// search for "SecretAccess" lists every place that touches raw keys.
#include <cstddef>

#include "base/bytes.h"

namespace coffer {

class SecretAccess {
 private:
  SecretAccess() = default;
  friend struct CryptoAccess;    // crypto/secret_access.h
  friend struct SealAccess;      // seal/secret_access.h
  friend struct KmsAccess;       // kms/secret_access.h
  friend struct IamAccess;       // iam/secret_access.h
  friend struct NetAccess;       // net/tls.cc: the listener's certificate key
  friend struct ResponseAccess;  // protocol/secret_access.h: the one response encoder
};

class Secret {
 public:
  Secret() = default;                     // empty
  explicit Secret(size_t size);           // `size` zero bytes, at most 1 MiB
  static Secret copy_of(ByteView bytes);  // the source is the caller's to wipe
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Secret clone() const;
  ByteView reveal(SecretAccess) const { return {data_, size_}; }
  MutableBytes reveal_mutable(SecretAccess) { return {data_, size_}; }

 private:
  friend bool equal_ct(const Secret& a, const Secret& b);
  char* data_ = nullptr;
  size_t size_ = 0;
};

// equal_ct compares in time that depends on the sizes alone.
bool equal_ct(ByteView a, ByteView b);
bool equal_ct(const Secret& a, const Secret& b);
// wipe overwrites memory in a way that the compiler keeps.
void wipe(void* data, size_t size);
inline void wipe(std::string& s) {
  wipe(s.data(), s.size());
  s.clear();
}

}  // namespace coffer
