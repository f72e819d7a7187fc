#include "kms/asymmetric.h"

#include "crypto/key_pair.h"
#include "crypto/mac.h"
#include "kms/envelope.h"
#include "kms/key_spec.h"
#include "kms/secret_access.h"

namespace coffer::kms {

namespace {

// The name of an algorithm ends with its hash.
crypto::Hash hash_of(std::string_view algorithm) {
  if (algorithm.ends_with("SHA_1")) return crypto::Hash::kSha1;
  if (algorithm.ends_with("SHA_224")) return crypto::Hash::kSha224;
  if (algorithm.ends_with("SHA_384")) return crypto::Hash::kSha384;
  if (algorithm.ends_with("SHA_512")) return crypto::Hash::kSha512;
  CHECK(algorithm.ends_with("SHA_256"));
  return crypto::Hash::kSha256;
}

size_t hash_bytes(crypto::Hash hash) { return crypto::Digest(hash).size(); }

crypto::SignatureScheme scheme_of(std::string_view algorithm) {
  if (algorithm.starts_with("ECDSA_")) return crypto::SignatureScheme::kEcdsa;
  if (algorithm.starts_with("RSASSA_PSS_")) return crypto::SignatureScheme::kPss;
  return crypto::SignatureScheme::kPkcs1;
}

size_t modulus_bytes(const Key& key) {
  if (key.spec == "RSA_2048") return 256;
  return key.spec == "RSA_3072" ? 384 : 512;
}

const Secret& private_key(const Key& key) {
  CHECK(key.made() && family_of(key.spec) == Family::kKeyPair);
  return *key.current().opened;
}

}  // namespace

Bytes public_key(const Key& key) { return crypto::public_key_of(private_key(key)); }

Result<Bytes> digest_to_sign(std::string_view algorithm, std::string_view message_type,
                             const Secret& message) {
  const crypto::Hash hash = hash_of(algorithm);
  const ByteView bytes = message.reveal(KmsAccess::get());
  if (message_type == "RAW") return crypto::digest(hash, bytes);
  if (bytes.size() == hash_bytes(hash)) return Bytes(bytes);
  return Error{"ValidationException",
               fmt::format("Digest is invalid length for algorithm {}.", algorithm)};
}

Bytes sign(const Key& key, std::string_view algorithm, ByteView digest) {
  return crypto::sign_digest(private_key(key), scheme_of(algorithm), hash_of(algorithm), digest);
}

Status verify(const Key& key, std::string_view algorithm, ByteView digest, ByteView signature) {
  if (crypto::verify_digest(public_key(key), scheme_of(algorithm), hash_of(algorithm), digest,
                            signature))
    return ok_status();
  return Error{"KMSInvalidSignatureException", ""};
}

Status check_length(const Key& key, std::string_view algorithm, size_t plaintext_bytes) {
  const size_t max = modulus_bytes(key) - 2 * hash_bytes(hash_of(algorithm)) - 2;
  if (plaintext_bytes <= max) return ok_status();
  return Error{"ValidationException",
               fmt::format("Algorithm {} and key spec {} cannot encrypt data larger than {} bytes.",
                           algorithm, key.spec, max)};
}

Bytes encrypt_rsa(const Key& key, std::string_view algorithm, const Secret& plaintext) {
  auto out = crypto::oaep_encrypt(public_key(key), hash_of(algorithm), plaintext);
  CHECK(out.has_value());  // check_length came before
  return std::move(*out);
}

Result<Secret> decrypt_rsa(const Key& key, std::string_view algorithm, ByteView ciphertext) {
  auto out = crypto::oaep_decrypt(private_key(key), hash_of(algorithm), ciphertext);
  // Who has the public key may have encrypted nothing at all; a plaintext has at least one byte.
  if (!out || out->empty()) return invalid_ciphertext();
  return std::move(*out);
}

Bytes generate_mac(const Key& key, std::string_view algorithm, const Secret& message) {
  CHECK(key.made() && family_of(key.spec) == Family::kHmac);
  return crypto::hmac(hash_of(algorithm), *key.current().opened, message);
}

Status verify_mac(const Key& key, std::string_view algorithm, const Secret& message, ByteView mac) {
  if (equal_ct(generate_mac(key, algorithm, message), mac)) return ok_status();
  return Error{"KMSInvalidMacException", ""};
}

Result<Secret> derive_secret(const Key& key, ByteView peer) {
  auto out = crypto::agree(private_key(key), peer);
  if (!out) return Error{"ValidationException", ""};
  return std::move(*out);
}

KeyPair generate_key_pair(std::string_view spec) {
  const auto type = key_pair_type(spec);
  CHECK(type.has_value());
  KeyPair out{.private_key = crypto::generate_private_key(*type)};
  out.public_key = crypto::public_key_of(out.private_key);
  return out;
}

}  // namespace coffer::kms
