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

Error too_large(uint64_t bytes) {
  return Error{"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"}
      .with("ProposedSize", std::to_string(bytes))
      .with("MaxSizeAllowed", std::to_string(kUnsizedBytesMax));
}

// Ahead is a source of which a byte may have been read ahead: how its end is seen.
class Ahead {
 public:
  explicit Ahead(ContentSource& source) : source_(source) {}

  // fill answers how much there was: less than `out` holds at the end alone.
  Task<Result<size_t>> fill(MutableBytes out) {
    size_t done = 0;
    if (byte_ && !out.empty()) {
      out[done++] = *byte_;
      byte_.reset();
    }
    while (done < out.size()) {
      CO_TRY(size_t n, co_await source_.read(out.subspan(done)));
      if (n == 0) break;
      done += n;
    }
    co_return done;
  }
  Task<Result<bool>> at_end() {
    if (byte_) co_return false;
    char next;
    CO_TRY(size_t n, co_await source_.read(MutableBytes(&next, 1)));
    if (n == 1) byte_ = next;
    co_return n == 0;
  }
  const ContentSource& source() const { return source_; }

 private:
  ContentSource& source_;
  std::optional<char> byte_;
};

struct Piece {
  store::SealedBytes body;
  uint64_t plain = 0;
  bool last = false;
};

// next_piece reads and seals up to four segments. `left`: of the content; nullopt: not known.
Task<Result<Piece>> next_piece(Ahead& source, std::optional<uint64_t> left, unsigned layers,
                               Sealer& sealer, Integrity& integrity) {
  const size_t wanted = static_cast<size_t>(
      std::min<uint64_t>(left.value_or(UINT64_MAX), kSegmentsPerPiece * kSegmentBytes));
  const auto segments_of = [](size_t plain) {
    return std::max<size_t>(1, (plain + kSegmentBytes - 1) / kSegmentBytes);
  };
  Bytes buffer;
  buffer.resize(wanted + segments_of(wanted) * layers * crypto::kTagBytes);
  size_t plain = 0;
  for (size_t i = 0; i < segments_of(wanted); ++i) {
    MutableBytes segment(buffer.data() + i * crypto::sealed_segment_bytes(layers),
                         std::min<size_t>(kSegmentBytes, wanted - i * kSegmentBytes));
    CO_TRY(const size_t n, co_await source.fill(segment));
    integrity.update(ByteView(segment.data(), n));
    plain += n;
    if (n < segment.size()) break;
  }
  if (left && plain < wanted) co_return incomplete();
  bool last = left ? plain == *left : plain < wanted;
  if (last || !left) {
    CO_TRY(const bool ended, co_await source.at_end());
    if (last && !ended) co_return incomplete();
    last = ended;
  }
  if (last) CO_TRY_OK(integrity.check(source.source()));
  buffer.resize(plain + segments_of(plain) * layers * crypto::kTagBytes);
  co_return Piece{sealer.seal(std::move(buffer), plain, last), plain, last};
}
}  // namespace

Task<Result<WrittenExtent>> write_extent(store::Store& store, std::string place,
                                         std::shared_ptr<const ContentKeys> keys,
                                         ContentSource& source, std::optional<uint64_t> length,
                                         Integrity& integrity, Random& random,
                                         bool may_lie_in_row) {
  if (!store.blobs().accepts_bodies(place))
    co_return Error{"ServiceUnavailable", "The server has no space left for new objects."};
  Sealer sealer(*keys, random);
  const unsigned layers = keys->layers();
  Ahead ahead(source);
  WrittenExtent out;
  std::optional<uint64_t> left = length;
  CO_TRY(Piece piece, co_await next_piece(ahead, left, layers, sealer, integrity));
  if (may_lie_in_row && piece.last && piece.plain <= kInlineBytesMax) {
    out.body = std::move(piece.body);
    out.extent = sealer.extent();
    out.extent.in_row = true;
    co_return out;
  }
  CO_TRY(auto writer,
         co_await store.blobs().create(
             place, length ? std::optional(crypto::sealed_bytes(*length, layers)) : std::nullopt));
  for (uint64_t taken = piece.plain;; taken += piece.plain) {
    if (!length && taken > kUnsizedBytesMax) co_return too_large(taken);
    if (left) *left -= piece.plain;
    CO_TRY_OK(co_await writer->append(std::move(piece.body)));
    if (piece.last) break;
    CO_TRY(piece, co_await next_piece(ahead, left, layers, sealer, integrity));
  }
  CO_TRY(out.extent.blob, co_await writer->finish());
  store::BlobRef blob = std::move(out.extent.blob);
  out.extent = sealer.extent();
  out.extent.blob = std::move(blob);
  co_return out;
}

}  // namespace coffer::s3
