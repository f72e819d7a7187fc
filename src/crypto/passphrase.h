#pragma once
// stretch_passphrase is scrypt (RFC 7914), memory-hard. log2_n 14..20, r 8, p 1: 2^log2_n * 1 KiB
// of memory. Slow by design: WorkPool only.
#include "base/result.h"
#include "base/secret.h"

namespace coffer::crypto {
Result<Secret> stretch_passphrase(const Secret& passphrase, ByteView salt, unsigned log2_n);
}  // namespace coffer::crypto
