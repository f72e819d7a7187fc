#pragma once
// What keys with a key pair and HMAC keys do. The key's state, usage and algorithm are the caller's
// to check (kms/key_spec.h); whatever a client sends beside them is judged here. All but MACs are
// slow: WorkPool only. Source: KMS API Reference, Sign, Verify, Encrypt, Decrypt, GenerateMac,
// VerifyMac, DeriveSharedSecret.
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "kms/key.h"

namespace coffer::kms {

Bytes public_key(const Key& key);  // SubjectPublicKeyInfo, DER

// digest_to_sign answers the digest that a signature of `message` is made over. `message_type`: RAW
// or DIGEST. Error: ValidationException, a digest of another length than the algorithm's.
Result<Bytes> digest_to_sign(std::string_view algorithm, std::string_view message_type,
                             const Secret& message);
Bytes sign(const Key& key, std::string_view algorithm, ByteView digest);
// verify answers KMSInvalidSignatureException without a message, whatever is wrong.
Status verify(const Key& key, std::string_view algorithm, ByteView digest, ByteView signature);

// check_length answers ValidationException where a plaintext is too long for the key's modulus.
Status check_length(const Key& key, std::string_view algorithm, size_t plaintext_bytes);
Bytes encrypt_rsa(const Key& key, std::string_view algorithm, const Secret& plaintext);
// Error: InvalidCiphertextException without a message.
Result<Secret> decrypt_rsa(const Key& key, std::string_view algorithm, ByteView ciphertext);

Bytes generate_mac(const Key& key, std::string_view algorithm, const Secret& message);
// verify_mac answers KMSInvalidMacException without a message.
Status verify_mac(const Key& key, std::string_view algorithm, const Secret& message, ByteView mac);

// derive_secret is ECDH's raw result. Error: ValidationException without a message, `peer` is not a
// public key on the key's curve.
Result<Secret> derive_secret(const Key& key, ByteView peer);

// KeyPair is a new key pair that belongs to no KMS key. `spec`: one that key_pair_type knows.
struct KeyPair {
  Secret private_key;  // PKCS#8, DER; at most 4,096 bytes
  Bytes public_key;
};
KeyPair generate_key_pair(std::string_view spec);

}  // namespace coffer::kms
