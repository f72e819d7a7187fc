#pragma once
// HMAC and the KDF built on it. Contexts are kept per thread; safe from any thread.
// Source: FIPS 198-1; NIST SP 800-108r1 section 4.1 (counter mode, HMAC-SHA-256, 32-bit counter
// first).
#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/digest.h"

namespace coffer::crypto {

Hash256 hmac_sha256(const Secret& key, ByteView data);
// hmac_sha1 is for Signature Version 2, which knows no other.
FixedBytes<20> hmac_sha1(const Secret& key, ByteView data);
Bytes hmac(Hash hash, const Secret& key, const Secret& data);

// kdf derives `size` bytes (1..255*32) from `key`: counter ‖ label ‖ 00 ‖ context ‖ length in bits.
// `label` separates the uses.
Secret kdf(const Secret& key, std::string_view label, ByteView context, size_t size = 32);

// kdf_fixed_input is kdf with the whole of what follows the counter given by the caller, as the
// CAVS vectors give it.
Secret kdf_fixed_input(const Secret& key, ByteView fixed_input, size_t size);

// sigv4_signing_key is HMAC(HMAC(HMAC(HMAC("AWS4"+secret, date), region), service),
// "aws4_request").
Secret sigv4_signing_key(const Secret& secret_access_key, std::string_view date,
                         std::string_view region, std::string_view service);

}  // namespace coffer::crypto
