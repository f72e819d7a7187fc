#include "s3/sse/sealer.h"

#include "base/encoding.h"

namespace coffer::s3 {

using crypto::kSealedSegmentBytes;
using crypto::kSegmentBytes;

store::SealedBytes Sealer::seal(Bytes buffer, size_t plain_bytes, bool last) {
  CHECK(!ended_ && (last || plain_bytes % kSegmentBytes == 0));
  ended_ = last;
  const size_t segments =
      last ? std::max<size_t>(1, (plain_bytes + kSegmentBytes - 1) / kSegmentBytes)
           : plain_bytes / kSegmentBytes;
  CHECK(buffer.size() >= plain_bytes + segments * crypto::kTagBytes);
  for (size_t i = 0; i < segments; ++i) {
    char* at = buffer.data() + i * kSealedSegmentBytes;
    const size_t plain = std::min<size_t>(kSegmentBytes, plain_bytes - i * kSegmentBytes);
    const bool final_one = last && i + 1 == segments;
    cipher_.seal(index_++, final_one, ByteView(at, plain),
                 MutableBytes(at, plain + crypto::kTagBytes));
  }
  buffer.resize(plain_bytes + segments * crypto::kTagBytes);
  hash_.update(buffer);
  plain_bytes_ += plain_bytes;
  return store::SealedBytes(std::move(buffer));
}

Extent Sealer::extent() {
  CHECK(ended_);
  Extent e;
  e.id = id_;
  e.plain_bytes = plain_bytes_;
  e.sealed_hash = Hash256::from(hash_.finish());
  return e;
}

Opener::Span Opener::span_of(uint64_t offset, uint64_t size) const {
  const uint64_t first = offset / kSegmentBytes;
  const uint64_t sealed_total = crypto::sealed_bytes(extent_.plain_bytes);
  const uint64_t past = size == 0 ? first + 1 : (offset + size + kSegmentBytes - 1) / kSegmentBytes;
  Span s;
  s.first_segment = first;
  s.offset = first * kSealedSegmentBytes;
  s.size = static_cast<size_t>(std::min(past * kSealedSegmentBytes, sealed_total) - s.offset);
  return s;
}

Result<Bytes> Opener::open(const store::SealedBytes& sealed, const Span& span, uint64_t offset,
                           uint64_t size) const {
  const uint64_t last_index =
      extent_.plain_bytes == 0 ? 0 : (extent_.plain_bytes - 1) / kSegmentBytes;
  ByteView in = sealed.view();
  auto damaged = [&](uint64_t segment) {
    return internal_error(
        fmt::format("extent {}: segment {} does not open", hex(extent_.id.view()), segment));
  };
  if (in.size() != span.size || in.size() < crypto::kTagBytes) return damaged(span.first_segment);
  Bytes out;
  out.resize(in.size());
  size_t filled = 0;
  for (uint64_t index = span.first_segment; !in.empty(); ++index) {
    ByteView piece = in.substr(0, kSealedSegmentBytes);
    if (piece.size() < crypto::kTagBytes) return damaged(index);
    const size_t plain = piece.size() - crypto::kTagBytes;
    if (!cipher_.open(index, index == last_index, piece, MutableBytes(out.data() + filled, plain)))
      return damaged(index);
    filled += plain;
    in.remove_prefix(piece.size());
  }
  const uint64_t skip = offset - span.first_segment * kSegmentBytes;
  if (skip + size > filled) return damaged(span.first_segment);
  out.resize(skip + size);
  if (skip > 0) out.erase(0, skip);
  return out;
}

}  // namespace coffer::s3
