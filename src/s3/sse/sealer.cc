#include "s3/sse/sealer.h"

#include "base/encoding.h"

namespace coffer::s3 {

using crypto::kSegmentBytes;
using crypto::kTagBytes;
using crypto::SegmentLayer;

SegmentCiphers::SegmentCiphers(const ContentKeys& keys, const Id128& extent_id)
    : inner_(keys.inner_key ? *keys.inner_key : keys.data_key, extent_id) {
  if (keys.inner_key) outer_.emplace(keys.data_key, extent_id, SegmentLayer::kOuter);
}

void SegmentCiphers::seal(uint64_t index, bool last, char* at, size_t plain) const {
  inner_.seal(index, last, ByteView(at, plain), MutableBytes(at, plain + kTagBytes));
  if (outer_)
    outer_->seal(index, last, ByteView(at, plain + kTagBytes),
                 MutableBytes(at, plain + 2 * kTagBytes));
}

bool SegmentCiphers::open(uint64_t index, bool last, ByteView sealed, char* at) const {
  size_t size = sealed.size() - kTagBytes;
  if (outer_) {
    if (!outer_->open(index, last, sealed, MutableBytes(at, size))) return false;
    sealed = ByteView(at, size);
    size -= kTagBytes;
  }
  return inner_.open(index, last, sealed, MutableBytes(at, size));
}

Sealer::Sealer(const ContentKeys& keys, Random& random)
    : id_(random.id128()), ciphers_(keys, id_), hash_(crypto::Hash::kSha256) {}

store::SealedBytes Sealer::seal(Bytes buffer, size_t plain_bytes, bool last) {
  CHECK(!ended_ && (last || plain_bytes % kSegmentBytes == 0));
  ended_ = last;
  const size_t segments =
      last ? std::max<size_t>(1, (plain_bytes + kSegmentBytes - 1) / kSegmentBytes)
           : plain_bytes / kSegmentBytes;
  const size_t tags = kTagBytes * ciphers_.layers();
  CHECK(buffer.size() >= plain_bytes + segments * tags);
  for (size_t i = 0; i < segments; ++i) {
    char* at = buffer.data() + i * (kSegmentBytes + tags);
    const size_t plain = std::min<size_t>(kSegmentBytes, plain_bytes - i * kSegmentBytes);
    ciphers_.seal(index_++, last && i + 1 == segments, at, plain);
  }
  buffer.resize(plain_bytes + segments * tags);
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
  const uint64_t sealed_segment = crypto::sealed_segment_bytes(ciphers_.layers());
  const uint64_t sealed_total = crypto::sealed_bytes(extent_.plain_bytes, ciphers_.layers());
  const uint64_t past = size == 0 ? first + 1 : (offset + size + kSegmentBytes - 1) / kSegmentBytes;
  Span s;
  s.first_segment = first;
  s.offset = first * sealed_segment;
  s.size = static_cast<size_t>(std::min(past * sealed_segment, sealed_total) - s.offset);
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
  const size_t tags = kTagBytes * ciphers_.layers();
  if (in.size() != span.size || in.size() < tags) return damaged(span.first_segment);
  Bytes out;
  out.resize(in.size());
  size_t filled = 0;
  for (uint64_t index = span.first_segment; !in.empty(); ++index) {
    ByteView piece = in.substr(0, kSegmentBytes + tags);
    if (piece.size() < tags) return damaged(index);
    if (!ciphers_.open(index, index == last_index, piece, out.data() + filled))
      return damaged(index);
    filled += piece.size() - tags;
    in.remove_prefix(piece.size());
  }
  const uint64_t skip = offset - span.first_segment * kSegmentBytes;
  if (skip + size > filled) return damaged(span.first_segment);
  out.resize(skip + size);
  if (skip > 0) out.erase(0, skip);
  return out;
}

}  // namespace coffer::s3
