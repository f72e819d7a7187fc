#include "crypto/gcm.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstring>

#include "crypto/openssl.h"

namespace coffer::crypto {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kChunkBytesMax = size_t{1} << 30;  // EVP counts in int

// GcmContext is this thread's AES-256-GCM. It is re-keyed for each call, which allocates nothing,
// and forgets the key at the call's end: OpenSSL's memory is neither locked nor left out of core
// dumps.
class GcmContext {
 public:
  GcmContext(ByteView key, const Nonce& nonce, bool seal) : ctx_(of_thread()) {
    CHECK(key.size() == kKeyBytes);
    CHECK(EVP_CipherInit_ex2(ctx_, nullptr, octets(key), nonce.data(), seal, nullptr) == 1);
  }
  ~GcmContext() {
    static constexpr uint8_t kNoKey[kKeyBytes] = {};
    CHECK(EVP_CipherInit_ex2(ctx_, nullptr, kNoKey, nullptr, 1, nullptr) == 1);
  }
  GcmContext(const GcmContext&) = delete;
  GcmContext& operator=(const GcmContext&) = delete;

  void aad(ByteView data) { update(nullptr, data); }
  void data(ByteView in, char* out) { update(out, in); }

  void finish_seal(char* tag) {
    int none = 0;
    uint8_t unused[kTagBytes];
    CHECK(EVP_EncryptFinal_ex(ctx_, unused, &none) == 1);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, kTagBytes),
        OSSL_PARAM_construct_end()};
    CHECK(EVP_CIPHER_CTX_get_params(ctx_, params) == 1);
  }

  bool finish_open(ByteView tag) {
    uint8_t expected[kTagBytes], unused[kTagBytes];
    std::memcpy(expected, tag.data(), kTagBytes);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, expected, kTagBytes),
        OSSL_PARAM_construct_end()};
    CHECK(EVP_CIPHER_CTX_set_params(ctx_, params) == 1);
    int none = 0;
    if (EVP_DecryptFinal_ex(ctx_, unused, &none) == 1) return true;
    ERR_clear_error();
    return false;
  }

 private:
  static EVP_CIPHER_CTX* of_thread() {
    static const EVP_CIPHER* cipher = fetch_cipher("AES-256-GCM");
    thread_local CipherCtx ctx = [] {
      CipherCtx made(EVP_CIPHER_CTX_new());
      CHECK(made && EVP_CipherInit_ex2(made.get(), cipher, nullptr, nullptr, 1, nullptr) == 1);
      return made;
    }();
    return ctx.get();
  }

  void update(char* out, ByteView in) {
    while (!in.empty()) {
      const size_t n = std::min(in.size(), kChunkBytesMax);
      int done = 0;
      CHECK(EVP_CipherUpdate(ctx_, reinterpret_cast<uint8_t*>(out), &done, octets(in),
                             static_cast<int>(n)) == 1);
      in.remove_prefix(n);
      if (out) out += n;
    }
  }

  EVP_CIPHER_CTX* ctx_;
};

void seal(ByteView key, const Nonce& nonce, ByteView aad, ByteView plaintext, char* out,
          char* tag) {
  GcmContext gcm(key, nonce, true);
  gcm.aad(aad);
  gcm.data(plaintext, out);
  gcm.finish_seal(tag);
}

bool open(ByteView key, const Nonce& nonce, ByteView aad, ByteView ciphertext, ByteView tag,
          char* out) {
  GcmContext gcm(key, nonce, false);
  gcm.aad(aad);
  gcm.data(ciphertext, out);
  return gcm.finish_open(tag);
}

constexpr Gcm kGcm{seal, open};

}  // namespace

const Gcm& openssl_gcm() { return kGcm; }

}  // namespace coffer::crypto
