#include "crypto/aead.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <cstring>

#include "crypto/mac.h"
#include "crypto/openssl.h"

namespace coffer::crypto {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kSaltBytes = 16;
constexpr size_t kMaskedBytesMax = 32;
constexpr size_t kChunkBytesMax = size_t{1} << 30;  // EVP counts in int

// GcmContext is this thread's AES-256-GCM. It is re-keyed for each call, which allocates nothing,
// and forgets the key at the call's end: OpenSSL's memory is neither locked nor left out of core
// dumps.
class GcmContext {
 public:
  GcmContext(const Secret& key, const Nonce& nonce, bool seal) : ctx_(of_thread()) {
    ByteView bytes = read_key(key);
    CHECK(bytes.size() == kKeyBytes);
    CHECK(EVP_CipherInit_ex2(ctx_, nullptr, octets(bytes), nonce.data(), seal, nullptr) == 1);
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

Bytes seal_salted(const Secret& key, std::string_view label, ByteView aad, ByteView plaintext,
                  Random& random) {
  Bytes out(kSaltBytes + plaintext.size() + kTagBytes, '\0');
  MutableBytes whole(out);
  random.fill(whole.first(kSaltBytes));
  const Secret once = kdf(key, label, ByteView(out).substr(0, kSaltBytes));
  seal_into(once, Nonce{}, aad, plaintext, whole.subspan(kSaltBytes));
  return out;
}

Bytes under_mask(const Secret& key, std::string_view label, ByteView context, ByteView salt,
                 ByteView value) {
  const Secret pad = kdf(key, label, Bytes(context).append(salt), kMaskedBytesMax);
  const ByteView bits = read_key(pad);
  Bytes out(value);
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ bits[i]);
  return out;
}

bool open_salted(const Secret& key, std::string_view label, ByteView aad, ByteView sealed,
                 MutableBytes out) {
  const Secret once = kdf(key, label, sealed.substr(0, kSaltBytes));
  return open_into(once, Nonce{}, aad, sealed.substr(kSaltBytes), out);
}

}  // namespace

void seal_into(const Secret& key, const Nonce& nonce, ByteView aad, ByteView plaintext,
               MutableBytes out) {
  const size_t n = plaintext.size();
  CHECK(out.size() == n + kTagBytes);
  GcmContext gcm(key, nonce, true);
  gcm.aad(aad);
  gcm.data(plaintext, out.data());
  gcm.finish_seal(out.data() + n);
}

bool open_into(const Secret& key, const Nonce& nonce, ByteView aad, ByteView sealed,
               MutableBytes out) {
  if (sealed.size() < kTagBytes) {
    wipe(out.data(), out.size());
    return false;
  }
  CHECK(out.size() == sealed.size() - kTagBytes);
  GcmContext gcm(key, nonce, false);
  gcm.aad(aad);
  gcm.data(sealed.substr(0, out.size()), out.data());
  if (gcm.finish_open(sealed.substr(out.size()))) return true;
  wipe(out.data(), out.size());
  return false;
}

Bytes seal(const Secret& key, ByteView aad, ByteView plaintext, Random& random) {
  Nonce nonce;
  Bytes out(kNonceBytes + plaintext.size() + kTagBytes, '\0');
  MutableBytes whole(out);
  random.fill(whole.first(kNonceBytes));
  std::memcpy(nonce.data(), out.data(), kNonceBytes);
  seal_into(key, nonce, aad, plaintext, whole.subspan(kNonceBytes));
  return out;
}

std::optional<Bytes> open(const Secret& key, ByteView aad, ByteView sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  Bytes out(sealed.size() - kNonceBytes - kTagBytes, '\0');
  const auto nonce = Nonce::from(sealed.substr(0, kNonceBytes));
  if (!open_into(key, nonce, aad, sealed.substr(kNonceBytes), out)) return std::nullopt;
  return out;
}

Bytes seal_derived(const Secret& key, std::string_view label, ByteView aad, ByteView plaintext,
                   Random& random) {
  return seal_salted(key, label, aad, plaintext, random);
}

std::optional<Bytes> open_derived(const Secret& key, std::string_view label, ByteView aad,
                                  ByteView sealed) {
  if (sealed.size() < kSaltBytes + kTagBytes) return std::nullopt;
  Bytes out(sealed.size() - kSaltBytes - kTagBytes, '\0');
  if (!open_salted(key, label, aad, sealed, out)) return std::nullopt;
  return out;
}

Bytes mask(const Secret& key, std::string_view label, ByteView context, ByteView value,
           Random& random) {
  CHECK(value.size() <= kMaskedBytesMax);
  FixedBytes<kSaltBytes> salt;
  random.fill(MutableBytes(reinterpret_cast<char*>(salt.data()), kSaltBytes));
  Bytes out(salt.view());
  return out += under_mask(key, label, context, salt.view(), value);
}

std::optional<Bytes> unmask(const Secret& key, std::string_view label, ByteView context,
                            ByteView masked) {
  if (masked.size() < kSaltBytes || masked.size() > kSaltBytes + kMaskedBytesMax)
    return std::nullopt;
  return under_mask(key, label, context, masked.substr(0, kSaltBytes), masked.substr(kSaltBytes));
}

Bytes wrap_secret(const Secret& key, std::string_view label, ByteView aad, const Secret& secret,
                  Random& random) {
  return seal_salted(key, label, aad, read_key(secret), random);
}

std::optional<Secret> unwrap_secret(const Secret& key, std::string_view label, ByteView aad,
                                    ByteView wrapped) {
  constexpr size_t kSecretBytesMax =
      1 << 20;  // Secret's own bound: `wrapped` comes from a disk or a peer
  if (wrapped.size() < kSaltBytes + kTagBytes) return std::nullopt;
  const size_t n = wrapped.size() - kSaltBytes - kTagBytes;
  if (n > kSecretBytesMax) return std::nullopt;
  Secret out(n);
  if (!open_salted(key, label, aad, wrapped, write_key(out))) return std::nullopt;
  return out;
}

}  // namespace coffer::crypto
