#include "crypto/aead.h"

#include <cstring>

#include "crypto/gcm.h"
#include "crypto/mac.h"
#include "crypto/openssl.h"

namespace coffer::crypto {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kMaskedBytesMax = 32;

const Gcm& gcm() {
  static const Gcm& chosen = ipsec_mb_gcm() ? *ipsec_mb_gcm() : openssl_gcm();
  return chosen;
}

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
  gcm().seal(read_key(key), nonce, aad, plaintext, out.data(), out.data() + n);
}

bool open_into(const Secret& key, const Nonce& nonce, ByteView aad, ByteView sealed,
               MutableBytes out) {
  if (sealed.size() < kTagBytes) {
    wipe(out.data(), out.size());
    return false;
  }
  CHECK(out.size() == sealed.size() - kTagBytes);
  const size_t n = out.size();
  if (gcm().open(read_key(key), nonce, aad, sealed.substr(0, n), sealed.substr(n), out.data()))
    return true;
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
