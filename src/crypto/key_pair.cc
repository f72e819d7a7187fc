#include "crypto/key_pair.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstring>

#include "crypto/openssl.h"

namespace coffer::crypto {
namespace {

using Key = OpensslPtr<EVP_PKEY, EVP_PKEY_free>;
using KeyCtx = OpensslPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Pkcs8 = OpensslPtr<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

Key generate(KeyPairType type) {
  switch (type) {
    case KeyPairType::kRsa2048:
      return Key(EVP_RSA_gen(2048));
    case KeyPairType::kRsa3072:
      return Key(EVP_RSA_gen(3072));
    case KeyPairType::kRsa4096:
      return Key(EVP_RSA_gen(4096));
    case KeyPairType::kP256:
      return Key(EVP_EC_gen("P-256"));
    case KeyPairType::kP384:
      return Key(EVP_EC_gen("P-384"));
    case KeyPairType::kP521:
      return Key(EVP_EC_gen("P-521"));
    case KeyPairType::kSecp256k1:
      return Key(EVP_EC_gen("secp256k1"));
  }
  return nullptr;
}

// A private key is ours: that it reads is an invariant.
Key read_private(const Secret& der) {
  const ByteView bytes = read_key(der);
  const uint8_t* at = octets(bytes);
  Pkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(bytes.size())));
  CHECK(info != nullptr && at == octets(bytes) + bytes.size());
  Key key(EVP_PKCS82PKEY(info.get()));
  CHECK(key != nullptr);
  return key;
}

// A public key may be anybody's. Null: it does not read, or bytes follow it.
Key read_public(ByteView der) {
  const uint8_t* at = octets(der);
  Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (key && at != octets(der) + der.size()) key = nullptr;
  return key;
}

KeyCtx context_of(EVP_PKEY* key) {
  KeyCtx ctx(EVP_PKEY_CTX_new(key, nullptr));
  CHECK(ctx != nullptr);
  return ctx;
}

bool fits(EVP_PKEY* key, SignatureScheme scheme) {
  return EVP_PKEY_is_a(key, scheme == SignatureScheme::kEcdsa ? "EC" : "RSA") == 1;
}

bool choose(EVP_PKEY_CTX* ctx, SignatureScheme scheme, const EVP_MD* md) {
  if (EVP_PKEY_CTX_set_signature_md(ctx, md) <= 0) return false;
  switch (scheme) {
    case SignatureScheme::kEcdsa:
      return true;
    case SignatureScheme::kPkcs1:
      return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
    case SignatureScheme::kPss:
      return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) > 0 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
  }
  return false;
}

bool choose_oaep(EVP_PKEY_CTX* ctx, const EVP_MD* md) {
  return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) > 0 && EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) > 0;
}

// A curve given by its parameters is refused even where they are a known curve's.
bool on_the_curve_of(EVP_PKEY* peer, EVP_PKEY* own) {
  char ours[64], theirs[64];
  size_t n = 0;
  int written_out = 1;
  return EVP_PKEY_is_a(peer, "EC") == 1 &&
         EVP_PKEY_get_int_param(peer, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                                &written_out) == 1 &&
         written_out == 0 && EVP_PKEY_get_group_name(own, ours, sizeof ours, &n) == 1 &&
         EVP_PKEY_get_group_name(peer, theirs, sizeof theirs, &n) == 1 &&
         std::strcmp(ours, theirs) == 0;
}

Secret first_bytes(const Secret& of, size_t size) {
  return Secret::copy_of(read_key(of).substr(0, size));
}

// What failed for a caller's bytes leaves nothing in the thread's queue of errors.
struct ForgetErrors {
  ~ForgetErrors() { ERR_clear_error(); }
};

}  // namespace

Secret generate_private_key(KeyPairType type) {
  const Key key = generate(type);
  CHECK(key != nullptr);
  Pkcs8 info(EVP_PKEY2PKCS8(key.get()));
  CHECK(info != nullptr);
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
  CHECK(size > 0);
  Secret out(static_cast<size_t>(size));
  uint8_t* at = octets(write_key(out));
  CHECK(i2d_PKCS8_PRIV_KEY_INFO(info.get(), &at) == size);
  return out;
}

Bytes public_key_of(const Secret& private_key) {
  const Key key = read_private(private_key);
  const int size = i2d_PUBKEY(key.get(), nullptr);
  CHECK(size > 0);
  Bytes out(static_cast<size_t>(size), '\0');
  uint8_t* at = octets(MutableBytes(out));
  CHECK(i2d_PUBKEY(key.get(), &at) == size);
  return out;
}

Bytes sign_digest(const Secret& private_key, SignatureScheme scheme, Hash hash, ByteView digest) {
  const Key key = read_private(private_key);
  CHECK(fits(key.get(), scheme));
  const KeyCtx ctx = context_of(key.get());
  CHECK(EVP_PKEY_sign_init(ctx.get()) > 0 && choose(ctx.get(), scheme, fetch_digest(hash)));
  size_t size = 0;
  CHECK(EVP_PKEY_sign(ctx.get(), nullptr, &size, octets(digest), digest.size()) > 0);
  Bytes out(size, '\0');
  CHECK(EVP_PKEY_sign(ctx.get(), octets(MutableBytes(out)), &size, octets(digest), digest.size()) >
        0);
  out.resize(size);
  return out;
}

bool verify_digest(ByteView public_key, SignatureScheme scheme, Hash hash, ByteView digest,
                   ByteView signature) {
  const ForgetErrors forget;
  const Key key = read_public(public_key);
  if (!key || !fits(key.get(), scheme)) return false;
  const KeyCtx ctx = context_of(key.get());
  if (EVP_PKEY_verify_init(ctx.get()) <= 0 || !choose(ctx.get(), scheme, fetch_digest(hash)))
    return false;
  return EVP_PKEY_verify(ctx.get(), octets(signature), signature.size(), octets(digest),
                         digest.size()) == 1;
}

std::optional<Bytes> oaep_encrypt(ByteView public_key, Hash hash, const Secret& plaintext) {
  const ForgetErrors forget;
  const Key key = read_public(public_key);
  if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1) return std::nullopt;
  const KeyCtx ctx = context_of(key.get());
  if (EVP_PKEY_encrypt_init(ctx.get()) <= 0 || !choose_oaep(ctx.get(), fetch_digest(hash)))
    return std::nullopt;
  const ByteView text = read_key(plaintext);
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
  Bytes out(size, '\0');
  if (EVP_PKEY_encrypt(ctx.get(), octets(MutableBytes(out)), &size, octets(text), text.size()) <= 0)
    return std::nullopt;
  out.resize(size);
  return out;
}

std::optional<Secret> oaep_decrypt(const Secret& private_key, Hash hash, ByteView ciphertext) {
  const ForgetErrors forget;
  const Key key = read_private(private_key);
  CHECK(EVP_PKEY_is_a(key.get(), "RSA") == 1);
  const KeyCtx ctx = context_of(key.get());
  CHECK(EVP_PKEY_decrypt_init(ctx.get()) > 0 && choose_oaep(ctx.get(), fetch_digest(hash)));
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
  if (ciphertext.size() != size) return std::nullopt;
  Secret out(size);
  if (EVP_PKEY_decrypt(ctx.get(), octets(write_key(out)), &size, octets(ciphertext),
                       ciphertext.size()) <= 0)
    return std::nullopt;
  return first_bytes(out, size);
}

std::optional<Secret> agree(const Secret& private_key, ByteView peer) {
  constexpr size_t kPeerBytesMax = 256;  // a key on P-521 has 158; curves written out have more
  const ForgetErrors forget;
  if (peer.size() > kPeerBytesMax) return std::nullopt;
  const Key own = read_private(private_key), other = read_public(peer);
  if (!other || !on_the_curve_of(other.get(), own.get())) return std::nullopt;
  const KeyCtx ctx = context_of(own.get());
  CHECK(EVP_PKEY_derive_init(ctx.get()) > 0);
  if (EVP_PKEY_derive_set_peer_ex(ctx.get(), other.get(), 1) <= 0) return std::nullopt;
  size_t size = 0;
  if (EVP_PKEY_derive(ctx.get(), nullptr, &size) <= 0) return std::nullopt;
  Secret out(size);
  if (EVP_PKEY_derive(ctx.get(), octets(write_key(out)), &size) <= 0) return std::nullopt;
  return first_bytes(out, size);
}

}  // namespace coffer::crypto
