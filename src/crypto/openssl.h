#pragma once
// What the files of this room share of OpenSSL: algorithms fetched once (a fetch costs more than a
// small AEAD), owners of its objects, and reads of our own keys. No other room includes this file.
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/digest.h"
#include "crypto/secret_access.h"

namespace coffer::crypto {

template <auto Free>
struct OpensslFree {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
template <class T, auto Free>
using OpensslPtr = std::unique_ptr<T, OpensslFree<Free>>;

using CipherCtx = OpensslPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using DigestCtx = OpensslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;

inline const uint8_t* octets(ByteView bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}
inline uint8_t* octets(MutableBytes bytes) { return reinterpret_cast<uint8_t*>(bytes.data()); }
inline ByteView read_key(const Secret& key) { return key.reveal(CryptoAccess::get()); }
inline MutableBytes write_key(Secret& key) { return key.reveal_mutable(CryptoAccess::get()); }

// fetch_cipher answers an algorithm for the life of the process. Call it once a name, from a
// static.
inline const EVP_CIPHER* fetch_cipher(const char* name) {
  const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  CHECK(cipher != nullptr);
  return cipher;
}

// fetch_digest answers a hash for the life of the process.
const EVP_MD* fetch_digest(Hash hash);

}  // namespace coffer::crypto
