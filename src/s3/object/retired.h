#pragma once
// Retired is the note that rows are to be swept (docs/formats/object.md, r/ID).
#include "base/bytes.h"
#include "base/result.h"

namespace coffer::s3 {

struct Retired {
  enum class Kind : uint8_t { kExtents = 1, kParts = 2 };
  Kind kind = Kind::kExtents;
  uint64_t step = 0;
  Bytes bitmap;  // kParts: the part numbers whose blobs became the object's, bit n of byte n / 8
  bool used(uint32_t part_number) const;
  void use(uint32_t part_number);
};

Bytes encode_retired(const Retired& note);
Result<Retired> decode_retired(ByteView bytes);

}  // namespace coffer::s3
