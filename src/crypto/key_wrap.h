#pragma once
// AES key wrap, RFC 3394 (kw: a multiple of 8 bytes, at least 16) and RFC 5649 (kwp: 1 byte and
// more).
#include <optional>

#include "base/bytes.h"
#include "base/secret.h"

namespace coffer::crypto {
std::optional<Bytes> kw_wrap(const Secret& kek, const Secret& key);
std::optional<Secret> kw_unwrap(const Secret& kek, ByteView wrapped);
std::optional<Bytes> kwp_wrap(const Secret& kek, const Secret& key);
std::optional<Secret> kwp_unwrap(const Secret& kek, ByteView wrapped);
}  // namespace coffer::crypto
