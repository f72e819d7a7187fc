#pragma once
// Key pairs for signatures, encryption and key agreement. A private key is PKCS#8 DER in a Secret
// (RFC 5208), a public one SubjectPublicKeyInfo DER (RFC 5280). A private key is opened for one use
// and wiped from OpenSSL's memory after it. Safe from any thread; slow, generating RSA keys above
// all: WorkPool only. Source: RFC 8017 (RSA); FIPS 186-5 (ECDSA); NIST SP 800-56A (ECDH).
#include <optional>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/digest.h"

namespace coffer::crypto {

enum class KeyPairType : uint8_t { kRsa2048, kRsa3072, kRsa4096, kP256, kP384, kP521, kSecp256k1 };

Secret generate_private_key(KeyPairType type);
Bytes public_key_of(const Secret& private_key);

// kPss: MGF1 over the same hash, the salt as long as the digest. kEcdsa: signatures in DER.
enum class SignatureScheme : uint8_t { kPss, kPkcs1, kEcdsa };

// `digest`: of `hash`, in full. The key must be one of the scheme's.
Bytes sign_digest(const Secret& private_key, SignatureScheme scheme, Hash hash, ByteView digest);
// verify_digest is false for whatever is wrong, a public key of another kind included.
bool verify_digest(ByteView public_key, SignatureScheme scheme, Hash hash, ByteView digest,
                   ByteView signature);

// RSAES-OAEP with MGF1 over the same hash and an empty label. nullopt: the plaintext is longer than
// the modulus less two hashes and two bytes, the public key is not RSA; the ciphertext does not
// open.
std::optional<Bytes> oaep_encrypt(ByteView public_key, Hash hash, const Secret& plaintext);
std::optional<Secret> oaep_decrypt(const Secret& private_key, Hash hash, ByteView ciphertext);

// agree is ECDH: the shared point's x-coordinate, as long as the field. nullopt: `peer` is no
// public key, or not a valid one on the private key's own named curve.
std::optional<Secret> agree(const Secret& private_key, ByteView peer);

}  // namespace coffer::crypto
