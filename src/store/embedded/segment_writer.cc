// A small blob is kept in memory until it is finished and goes into the shared segment together
// with others; a middling one of known length is written where it will lie, piece by piece; a long
// one has a segment to itself.
#include <fcntl.h>
#include <unistd.h>

#include "store/embedded/segment_blobs.h"

namespace coffer::store::embedded {

namespace {

constexpr size_t kPieceMax = 4 << 20;
constexpr uint64_t kKeptMax = 256 << 10;  // of a known length
constexpr uint64_t kWriteBackBytes =
    8 << 20;  // begin writing back so often, so that the last sync is short
constexpr uint64_t kCopyBytes = 1 << 20;

class SegmentWriter : public BlobWriter {
 public:
  SegmentWriter(Place& place, SegmentBlobs::Parts parts, std::optional<uint64_t> hint)
      : place_(place), parts_(parts), hint_(hint) {}
  ~SegmentWriter() override;
  Task<Status> append(SealedBytes piece) override;
  Task<Result<BlobRef>> finish() override;

 private:
  enum class Mode : uint8_t { kKept, kReserved, kOwn };
  bool fits(uint64_t size) const;
  Status begin_slot();
  Status move_to_own();
  Status write(const SealedBytes& piece);
  Result<BlobRef> finish_own();

  Place& place_;
  SegmentBlobs::Parts parts_;
  const std::optional<uint64_t> hint_;
  Mode mode_ = Mode::kKept;
  std::vector<SealedBytes> kept_;
  std::optional<Slot> slot_;
  uint64_t bytes_ = 0, written_back_ = 0;
  bool ended_ = false, failed_ = false;
};

SegmentWriter::~SegmentWriter() {
  if (ended_ || !slot_) return;
  parts_.book.end(slot_->blob);
  if (mode_ != Mode::kOwn) return;
  asio::post(parts_.pool, [segment = slot_->segment] { (void)::unlink(segment->path.c_str()); });
}

bool SegmentWriter::fits(uint64_t size) const {
  switch (mode_) {
    case Mode::kKept:
      return bytes_ + size <= (hint_ ? std::min(kKeptMax, kBlobBytesMax) : kBlobBytesMax);
    case Mode::kReserved:
      return bytes_ + size <= *hint_;
    case Mode::kOwn:
      break;
  }
  return true;
}

Status SegmentWriter::begin_slot() {
  bool reserves = hint_ && *hint_ > kKeptMax && *hint_ <= kBlobBytesMax && bytes_ == 0;
  if (!reserves) return move_to_own();
  TRY(slot_, place_.reserve(*hint_));
  mode_ = Mode::kReserved;
  return ok_status();
}

Status SegmentWriter::move_to_own() {
  TRY(Slot own, place_.make_own());
  std::optional<Slot> old = std::exchange(slot_, own);
  mode_ = Mode::kOwn;
  if (hint_ && *hint_ > kBlobBytesMax) {
    // Best effort: it makes a full disk show early.
    (void)::fallocate(own.segment->fd.get(), 0, 0,
                      static_cast<off_t>(kBlockBytes + extent_bytes(*hint_)));
  }
  uint64_t offset = 0;
  for (const SealedBytes& piece : std::exchange(kept_, {})) {
    if (int e = place_.write_at(own, offset, piece.view()))
      return device_error(e, own.segment->path);
    offset += piece.size();
  }
  for (; old && offset < bytes_; offset += kCopyBytes) {
    size_t n = std::min(kCopyBytes, bytes_ - offset);
    auto bytes = read_some(old->segment->fd.get(), old->offset + kHeaderBytes + offset, n);
    if (!bytes || bytes->size() != n)
      return internal_error("a blob under way could not be read back");
    if (int e = place_.write_at(own, offset, *bytes)) return device_error(e, own.segment->path);
  }
  if (old) parts_.book.end(old->blob);
  return ok_status();
}

Status SegmentWriter::write(const SealedBytes& piece) {
  if (mode_ == Mode::kKept) TRY_OK(begin_slot());
  if (!fits(piece.size())) TRY_OK(move_to_own());
  if (int e = place_.write_at(*slot_, bytes_, piece.view()))
    return device_error(e, slot_->segment->path);
  bytes_ += piece.size();
  if (mode_ == Mode::kOwn && bytes_ - written_back_ >= kWriteBackBytes) {
    (void)::sync_file_range(slot_->segment->fd.get(), static_cast<off_t>(written_back_),
                            static_cast<off_t>(bytes_ - written_back_), SYNC_FILE_RANGE_WRITE);
    written_back_ = bytes_;
  }
  return ok_status();
}

Task<Status> SegmentWriter::append(SealedBytes piece) {
  CHECK(!ended_ && piece.size() <= kPieceMax);
  if (failed_) co_return error_of(Commit::kUnavailable);
  if (piece.size() == 0) co_return ok_status();
  bool known_longer = hint_ && *hint_ > kKeptMax;
  if (mode_ == Mode::kKept && !known_longer && fits(piece.size())) {
    bytes_ += piece.size();
    kept_.push_back(std::move(piece));
    co_return ok_status();
  }
  Status status = co_await offload(parts_.pool, [this, &piece] { return write(piece); });
  failed_ = !status.ok();
  co_return status;
}

Result<BlobRef> SegmentWriter::finish_own() {
  const Segment& segment = *slot_->segment;
  int error = place_.write_header(*slot_, bytes_);
  uint64_t end = slot_->offset + extent_bytes(bytes_);
  if (error == 0 && ::ftruncate(segment.fd.get(), static_cast<off_t>(end)) != 0) error = errno;
  if (error != 0) return device_error(error, segment.path);
  if (!place_.sync(segment)) return error_of(Commit::kUnavailable);
  return place_.ref_of(*slot_, bytes_);
}

Task<Result<BlobRef>> SegmentWriter::finish() {
  CHECK(!ended_);
  if (failed_) co_return error_of(Commit::kUnavailable);
  if (mode_ == Mode::kOwn) {
    Result<BlobRef> own = co_await offload(parts_.pool, [this] { return finish_own(); });
    co_await parts_.fatal.park();
    ended_ = own.ok();
    co_return own;
  }
  Result<BlobRef> ref = co_await place_.finish(slot_, std::move(kept_), bytes_);
  ended_ = ref.ok();
  co_return ref;
}

}  // namespace

std::unique_ptr<BlobWriter> make_segment_writer(Place& place, SegmentBlobs::Parts parts,
                                                std::optional<uint64_t> hint) {
  return std::make_unique<SegmentWriter>(place, parts, hint);
}

}  // namespace coffer::store::embedded
