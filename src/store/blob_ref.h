#pragma once
// BlobRef names a blob: written once, never changed. It is part of persisted rows
// (docs/formats/object.md).
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/wire.h"

namespace coffer::store {

struct BlobRef {
  std::string place;   // "" for general purpose buckets, a zone ID for a directory bucket
  Bytes locator;       // the engine's own, at most 64 bytes: where it lies and which blob it is
  uint64_t bytes = 0;  // of ciphertext
  friend bool operator==(const BlobRef&, const BlobRef&) = default;
};

void encode(Writer& w, const BlobRef& ref);
BlobRef decode_blob_ref(Reader& r);

}  // namespace coffer::store
