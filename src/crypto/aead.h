#pragma once
// AES-256-GCM with 96-bit nonces and 128-bit tags (NIST SP 800-38D). Nothing is released before its
// tag is verified.
#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace coffer::crypto {

constexpr size_t kTagBytes = 16;
constexpr size_t kNonceBytes = 12;
using Nonce = FixedBytes<kNonceBytes>;

// seal_into writes ciphertext‖tag (plaintext.size() + 16 bytes) to `out`, which may be the
// plaintext's own memory. `key`: 32 bytes. A nonce must never repeat under one key.
void seal_into(const Secret& key, const Nonce& nonce, ByteView aad, ByteView plaintext,
               MutableBytes out);
// open_into is its inverse: false, with `out` wiped, where the tag is wrong.
[[nodiscard]] bool open_into(const Secret& key, const Nonce& nonce, ByteView aad, ByteView sealed,
                             MutableBytes out);

// seal draws a random nonce and answers nonce‖ciphertext‖tag; at most 2^32 times under one key. For
// long-lived keys use seal_derived, which seals under kdf(key, label, fresh 16-byte salt) and a
// zero nonce, and answers salt‖ciphertext‖tag.
Bytes seal(const Secret& key, ByteView aad, ByteView plaintext, Random& random);
std::optional<Bytes> open(const Secret& key, ByteView aad, ByteView sealed);
Bytes seal_derived(const Secret& key, std::string_view label, ByteView aad, ByteView plaintext,
                   Random& random);
std::optional<Bytes> open_derived(const Secret& key, std::string_view label, ByteView aad,
                                  ByteView sealed);

// The same for a plaintext that is itself a key; it never lies in ordinary memory.
Bytes wrap_secret(const Secret& key, std::string_view label, ByteView aad, const Secret& secret,
                  Random& random);
std::optional<Secret> unwrap_secret(const Secret& key, std::string_view label, ByteView aad,
                                    ByteView wrapped);

// mask hides a value of at most 32 bytes whose integrity is another seal's matter: a fresh 16-byte
// salt, then the value xor kdf(key, label, context ‖ salt). unmask takes it back; under another key
// it answers other bytes, and nullopt where the length is impossible.
Bytes mask(const Secret& key, std::string_view label, ByteView context, ByteView value,
           Random& random);
std::optional<Bytes> unmask(const Secret& key, std::string_view label, ByteView context,
                            ByteView masked);

}  // namespace coffer::crypto
