#pragma once
// segment_format is the bytes of a segment file (docs/formats/segment_file.md): one segment header,
// then blobs, each behind a header of its own, at multiples of 4 KiB.
#include <optional>

#include "base/bytes.h"

namespace coffer::store::embedded {

constexpr size_t kHeaderBytes = 64;  // of both kinds
constexpr uint64_t kBlockBytes =
    4096;  // blobs begin at its multiples; the first block is the segment header's
constexpr uint64_t kBlobBytesMax = 4 << 20;  // a longer blob has a segment to itself

struct SegmentHeader {
  enum class Kind : uint8_t { kShared = 1, kOwn = 2 };
  Kind kind = Kind::kShared;
  uint64_t store = 0;
  uint64_t segment = 0;
  uint64_t nonce = 0;  // random; repeated in each blob header, so that no content can pass for one
  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};
struct BlobHeader {
  uint64_t nonce = 0;
  uint64_t blob = 0;
  uint64_t bytes = 0;
  friend bool operator==(const BlobHeader&, const BlobHeader&) = default;
};

Bytes encode(const SegmentHeader& header);
Bytes encode(const BlobHeader& header);
std::optional<SegmentHeader> decode_segment_header(ByteView bytes);
std::optional<BlobHeader> decode_blob_header(ByteView bytes);

uint32_t crc32c(ByteView bytes);
constexpr uint64_t align_up(uint64_t n) {
  return (n + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}
// extent_bytes is what a blob takes of its segment.
constexpr uint64_t extent_bytes(uint64_t blob_bytes) { return align_up(kHeaderBytes + blob_bytes); }

}  // namespace coffer::store::embedded
