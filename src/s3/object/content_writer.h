#pragma once
// write_extent reads a body to its end, seals it and stores it: inline up to 16 KiB, else as a
// blob.
#include "s3/object/content.h"
#include "s3/object/integrity.h"
#include "s3/sse/sealer.h"
#include "store/store.h"

namespace coffer::s3 {

constexpr uint64_t kInlineBytesMax = 16 * 1024;
constexpr uint64_t kUnsizedBytesMax = uint64_t{5} << 30;

struct WrittenExtent {
  Extent extent;
  std::optional<store::SealedBytes>
      body;  // where extent.in_row: to be committed with the row that links it
};

// write_extent takes exactly `length` bytes (at most 5 TiB); nullopt: as many as come, at most
// kUnsizedBytesMax. Errors: IncompleteBody where the source holds more or fewer, EntityTooLarge,
// the source's own, those of `integrity`, ServiceUnavailable (the disk is full). What was written
// of a refused body is given up. `may_lie_in_row`: a small one becomes a row instead of a blob.
Task<Result<WrittenExtent>> write_extent(store::Store& store, std::string place,
                                         std::shared_ptr<const ContentKeys> keys,
                                         ContentSource& source, std::optional<uint64_t> length,
                                         Integrity& integrity, Random& random,
                                         bool may_lie_in_row = true);

}  // namespace coffer::s3
