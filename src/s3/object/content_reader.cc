#include "s3/object/content_reader.h"

#include "base/encoding.h"

namespace coffer::s3 {

namespace {
constexpr uint64_t kPieceBytes = 4 * crypto::kSegmentBytes;
}

ContentReader::ContentReader(store::Store& store, BucketPtr bucket, std::string key,
                             std::shared_ptr<const ContentKeys> keys, std::vector<Extent> extents,
                             uint64_t first, uint64_t size)
    : store_(store),
      bucket_(std::move(bucket)),
      key_(std::move(key)),
      keys_(std::move(keys)),
      extents_(std::move(extents)),
      left_(size) {
  offset_ = first;
  while (extent_ + 1 < extents_.size() && offset_ >= extents_[extent_].plain_bytes)
    offset_ -= extents_[extent_++].plain_bytes;
  uint64_t covered = 0;
  for (size_t i = extent_; i < extents_.size() && covered < offset_ + size; ++i) {
    covered += extents_[i].plain_bytes;
    if (!extents_[i].in_row) pins_.push_back(store_.blobs().pin(extents_[i].blob));
  }
}

Task<Status> ContentReader::start() {
  // Only the last part of an upload is small enough to lie in a row.
  const Extent& last = extents_.back();
  const bool reaches_last = left_ > 0 && extents_.size() > 1 && last.in_row;
  if (reaches_last) {
    CO_TRY(tail_, co_await inline_body(last));
  }
  CO_TRY(ready_, co_await piece());
  co_return ok_status();
}

Task<Result<Bytes>> ContentReader::next() {
  if (ready_) {
    Bytes out = std::move(*ready_);
    ready_.reset();
    co_return out;
  }
  if (left_ == 0) co_return Bytes();
  co_return co_await piece();
}

Task<Result<size_t>> ContentReader::read(MutableBytes out) {
  if (held_at_ == held_.size()) {
    CO_TRY(held_, co_await next());
    held_at_ = 0;
  }
  const size_t n = std::min(out.size(), held_.size() - held_at_);
  std::memcpy(out.data(), held_.data() + held_at_, n);
  held_at_ += n;
  co_return n;
}

Task<Result<store::SealedBytes>> ContentReader::inline_body(const Extent& e) {
  const std::string row = body_row(e.id);
  const store::Partition in = bucket_->value.partition_of(key_);
  std::optional<store::SealedBytes> body;
  if (auto quick = store_.meta().try_get_body(in, row)) {
    CO_TRY(body, std::move(*quick));
  } else {
    CO_TRY(body, co_await store_.meta().get_body(in, row));
  }
  if (!body) co_return Error{kGone, "body row " + hex(row)};
  co_return std::move(*body);
}

// piece opens up to four segments of one extent. An empty object has one empty segment, which is
// verified too.
Task<Result<Bytes>> ContentReader::piece() {
  while (extent_ + 1 < extents_.size() && offset_ >= extents_[extent_].plain_bytes) {
    offset_ -= extents_[extent_++].plain_bytes;
    opener_.reset();
  }
  if (extent_ >= extents_.size())
    co_return internal_error("object " + key_ + ": its extents are shorter than its size");
  const Extent& e = extents_[extent_];
  if (!opener_) opener_.emplace(*keys_, e);
  // Up to the next multiple of the piece size, so that every later piece begins at a segment.
  const uint64_t to_boundary = kPieceBytes - offset_ % kPieceBytes;
  const uint64_t size =
      std::min({left_, to_boundary, e.plain_bytes - std::min(offset_, e.plain_bytes)});
  if (size == 0 && left_ > 0)
    co_return internal_error("object " + key_ + ": its extents are shorter than its size");
  const Opener::Span span = opener_->span_of(offset_, size);
  store::SealedBytes sealed;
  if (e.in_row) {
    std::optional<store::SealedBytes> body;
    if (tail_ && extent_ + 1 == extents_.size()) {
      body = *tail_;
    } else {
      CO_TRY(body, co_await inline_body(e));
    }
    if (span.offset + span.size > body->size())
      co_return internal_error("extent " + hex(e.id.view()) + ": its inline body is cut");
    sealed = std::move(*body).slice(span.offset, span.size);
  } else if (auto quick = store_.blobs().try_read(e.blob, span.offset, span.size)) {
    CO_TRY(sealed, std::move(*quick));
  } else {
    CO_TRY(sealed, co_await store_.blobs().read(e.blob, span.offset, span.size));
  }
  CO_TRY(Bytes out, opener_->open(sealed, span, offset_, size));
  offset_ += size;
  left_ -= size;
  co_return out;
}

}  // namespace coffer::s3
