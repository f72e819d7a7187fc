#include "s3/object/content_writer.h"

namespace coffer::s3 {

namespace {
using crypto::kSegmentBytes;
constexpr size_t kSegmentsPerPiece = 4;

Error incomplete() {
  return Error{
      "IncompleteBody",
      "You did not provide the number of bytes specified by the Content-Length HTTP header"};
}

// fill reads exactly `size` bytes.
Task<Status> fill(ContentSource& source, MutableBytes out) {
  size_t done = 0;
  while (done < out.size()) {
    CO_TRY(size_t n, co_await source.read(out.subspan(done)));
    if (n == 0) co_return incomplete();
    done += n;
  }
  co_return ok_status();
}

Task<Status> expect_end(ContentSource& source) {
  char extra;
  CO_TRY(size_t n, co_await source.read(MutableBytes(&extra, 1)));
  if (n != 0) co_return incomplete();
  co_return ok_status();
}

// next_piece reads and seals up to four segments.
Task<Result<store::SealedBytes>> next_piece(ContentSource& source, uint64_t left, unsigned layers,
                                            Sealer& sealer, Integrity& integrity) {
  const size_t plain =
      static_cast<size_t>(std::min<uint64_t>(left, kSegmentsPerPiece * kSegmentBytes));
  const size_t segments = std::max<size_t>(1, (plain + kSegmentBytes - 1) / kSegmentBytes);
  Bytes buffer;
  buffer.resize(plain + segments * layers * crypto::kTagBytes);
  for (size_t i = 0; i < segments; ++i) {
    MutableBytes segment(buffer.data() + i * crypto::sealed_segment_bytes(layers),
                         std::min<size_t>(kSegmentBytes, plain - i * kSegmentBytes));
    CO_TRY_OK(co_await fill(source, segment));
    integrity.update(ByteView(segment.data(), segment.size()));
  }
  const bool last = plain == left;
  if (last) {
    CO_TRY_OK(co_await expect_end(source));
    CO_TRY_OK(integrity.check(source));
  }
  co_return sealer.seal(std::move(buffer), plain, last);
}
}  // namespace

Task<Result<WrittenExtent>> write_extent(store::Store& store, std::string place,
                                         std::shared_ptr<const ContentKeys> keys,
                                         ContentSource& source, uint64_t length,
                                         Integrity& integrity, Random& random) {
  if (!store.blobs().accepts_bodies(place))
    co_return Error{"ServiceUnavailable", "The server has no space left for new objects."};
  Sealer sealer(*keys, random);
  const unsigned layers = keys->layers();
  WrittenExtent out;
  if (length <= kInlineBytesMax) {
    CO_TRY(out.body, co_await next_piece(source, length, layers, sealer, integrity));
    out.extent = sealer.extent();
    out.extent.in_row = true;
    co_return out;
  }
  CO_TRY(auto writer, co_await store.blobs().create(place, crypto::sealed_bytes(length, layers)));
  for (uint64_t left = length; left > 0;) {
    const uint64_t plain = std::min<uint64_t>(left, kSegmentsPerPiece * kSegmentBytes);
    CO_TRY(auto piece, co_await next_piece(source, left, layers, sealer, integrity));
    CO_TRY_OK(co_await writer->append(std::move(piece)));
    left -= plain;
  }
  CO_TRY(out.extent.blob, co_await writer->finish());
  store::BlobRef blob = std::move(out.extent.blob);
  out.extent = sealer.extent();
  out.extent.blob = std::move(blob);
  co_return out;
}

}  // namespace coffer::s3
