#pragma once
// Gzip as log files and digests need it: one member, nothing behind it. Source: RFC 1952.
#include "base/bytes.h"

namespace coffer::audit {

Bytes gzip(ByteView bytes);

}  // namespace coffer::audit
