#pragma once
// What SSE-C needs of a key that a client sends: its bytes out of base64, and its MD5, which goes
// back to the client. Source: S3 User Guide, "Using server-side encryption with customer-provided
// keys".
#include <optional>
#include <string>

#include "base/secret.h"

namespace coffer::crypto {

// unbase64_secret answers the bytes (RFC 4648 section 4, padded); nullopt: it is not base64, or
// longer than 1 KiB.
std::optional<Secret> unbase64_secret(const Secret& text);
// md5_base64 is the base64 of the key's MD5, as x-amz-server-side-encryption-customer-key-MD5 has
// it.
std::string md5_base64(const Secret& key);

}  // namespace coffer::crypto
