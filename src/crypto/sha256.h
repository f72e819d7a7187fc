#pragma once
// Sha256 and Sha1 are these hashes on the stack. OpenSSL's EVP objects would cost an allocation
// each, as much as three blocks of hashing, and would keep a MAC's key in ordinary memory; what is
// declared here is wiped where it ends.
#define OPENSSL_SUPPRESS_DEPRECATED  // the block functions remain the fastest public way into
                                     // OpenSSL's SHA code
#include <openssl/sha.h>

#include "base/secret.h"
#include "crypto/openssl.h"

namespace coffer::crypto {

class Sha256 {
 public:
  using Value = Hash256;
  Sha256() { SHA256_Init(&ctx_); }
  ~Sha256() { wipe(&ctx_, sizeof ctx_); }
  Sha256(const Sha256&) = default;
  Sha256& operator=(const Sha256&) = default;

  Sha256& update(ByteView data) {
    SHA256_Update(&ctx_, data.data(), data.size());
    return *this;
  }
  void finish(Hash256& out) { SHA256_Final(out.data(), &ctx_); }

 private:
  SHA256_CTX ctx_;
};

// Sha1 serves Signature Version 2 alone.
class Sha1 {
 public:
  using Value = FixedBytes<20>;
  Sha1() { SHA1_Init(&ctx_); }
  ~Sha1() { wipe(&ctx_, sizeof ctx_); }
  Sha1(const Sha1&) = default;
  Sha1& operator=(const Sha1&) = default;

  Sha1& update(ByteView data) {
    SHA1_Update(&ctx_, data.data(), data.size());
    return *this;
  }
  void finish(Value& out) { SHA1_Final(out.data(), &ctx_); }

 private:
  SHA_CTX ctx_;
};

}  // namespace coffer::crypto
