#include "store/embedded/segment_blobs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

namespace coffer::store::embedded {

constexpr size_t kPieceMax = 4 << 20;
constexpr size_t kOpenSegmentsMax = 256;
constexpr size_t kScanBytes = 1 << 20;

SegmentBlobs::SegmentBlobs(Parts parts, std::map<std::string, std::unique_ptr<Place>> places)
    : parts_(parts), places_(std::move(places)), files_(parts.store, kOpenSegmentsMax) {}

Place* SegmentBlobs::place_of(const std::string& id) const {
  auto i = places_.find(id);
  return i == places_.end() ? nullptr : i->second.get();
}

Task<Result<std::unique_ptr<BlobWriter>>> SegmentBlobs::create(std::string place,
                                                               std::optional<uint64_t> bytes_hint) {
  co_await parts_.fatal.park();
  Place* where = place_of(place);
  if (!where) co_return internal_error("no such place for blobs: " + place);
  if (!where->gauge().accepts_bodies()) co_return error_of(Commit::kFull);
  co_return make_segment_writer(*where, parts_, bytes_hint);
}

void SegmentBlobs::give_up(const BlobRef& ref) {
  if (auto spot = decode_locator(ref)) parts_.book.give_up(spot->blob);
}

std::optional<Result<Piece>> SegmentBlobs::piece_of(const BlobRef& ref, uint64_t offset,
                                                    size_t size) const {
  CHECK(size <= kPieceMax);
  if (!place_of(ref.place)) return Result<Piece>(internal_error("no such place: " + ref.place));
  auto spot = decode_locator(ref);
  if (!spot) return Result<Piece>(internal_error("a blob's locator is damaged"));
  if (offset > ref.bytes || size > ref.bytes - offset)
    return Result<Piece>(internal_error("a blob was read beyond its end"));
  return Result<Piece>(Piece{std::move(*spot), ref.bytes, offset, size});
}

std::optional<Result<SealedBytes>> SegmentBlobs::try_read(const BlobRef& ref, uint64_t offset,
                                                          size_t size) {
  if (parts_.fatal.dead()) return std::nullopt;
  auto piece = piece_of(ref, offset, size);
  if (!piece->ok()) return Result<SealedBytes>(piece->error());
  auto bytes = files_.try_read(**piece);
  if (!bytes) return std::nullopt;
  return Result(std::move(*bytes));
}

Task<Result<SealedBytes>> SegmentBlobs::read(BlobRef ref, uint64_t offset, size_t size) {
  co_await parts_.fatal.park();
  if (auto read = try_read(ref, offset, size)) co_return std::move(*read);
  co_return co_await offload(parts_.pool, [this, &ref, offset, size]() -> Result<SealedBytes> {
    TRY(Piece piece, std::move(*piece_of(ref, offset, size)));
    return files_.read(place_of(ref.place)->dir(), piece);
  });
}

std::shared_ptr<void> SegmentBlobs::pin(const BlobRef& ref) {
  auto spot = decode_locator(ref);
  if (!spot) return nullptr;
  uint64_t blob = spot->blob;
  std::lock_guard lock(holds_->mutex);
  ++holds_->pins[blob];
  return std::shared_ptr<void>(nullptr, [holds = holds_, blob](void*) {
    std::lock_guard unpin(holds->mutex);
    if (--holds->pins[blob] == 0) holds->pins.erase(blob);
  });
}

std::shared_ptr<void> SegmentBlobs::pause_reaping() {
  std::shared_ptr<void> pause(nullptr, [holds = holds_](void*) { --holds->pauses; });
  ++holds_->pauses;
  // The reaper looks between two files: what it has under way ends first.
  std::lock_guard wait(reaping_mutex_);
  return pause;
}

bool SegmentBlobs::accepts_bodies(const std::string& place) const {
  Place* where = place_of(place);
  return where && where->gauge().accepts_bodies();
}

// scan_segment finds blobs by their headers. It steps over what was reserved and never finished.
static Status scan_segment(const Place& place, uint64_t segment, std::vector<BlobRef>& out) {
  Fd fd(::open(segment_path(place.dir(), segment).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) return errno == ENOENT ? ok_status() : Status(device_error(errno, "a segment"));
  struct stat file{};
  if (::fstat(fd.get(), &file) != 0) return device_error(errno, "a segment");
  auto first = read_some(fd.get(), 0, kHeaderBytes);
  auto header = first ? decode_segment_header(*first) : std::nullopt;
  if (!header) {
    log::warn("store.damaged_segment", {{"segment", fmt::format("{:016x}", segment)}});
    return ok_status();
  }
  auto end = static_cast<uint64_t>(file.st_size);
  uint64_t at = kBlockBytes;
  Bytes window;
  uint64_t window_at = 0;
  while (at + kHeaderBytes <= end) {
    if (at < window_at || at + kHeaderBytes > window_at + window.size()) {
      auto bytes = read_some(fd.get(), at, kScanBytes);
      if (!bytes || bytes->size() < kHeaderBytes) return internal_error("a segment cannot be read");
      window = std::move(*bytes);
      window_at = at;
    }
    auto blob = decode_blob_header(ByteView(window).substr(at - window_at));
    bool ours = blob && blob->nonce == header->nonce;
    if (ours)
      out.push_back({place.id(),
                     encode_locator({place.id(), segment, blob->blob, static_cast<uint32_t>(at)}),
                     blob->bytes});
    at += ours ? extent_bytes(blob->bytes) : kBlockBytes;
    if (header->kind == SegmentHeader::Kind::kOwn) break;
  }
  return ok_status();
}

Result<std::vector<BlobRef>> SegmentBlobs::list(const Place& place) const {
  std::vector<BlobRef> out;
  for (uint64_t segment : list_segments(place.dir())) TRY_OK(scan_segment(place, segment, out));
  return out;
}

Task<Result<std::vector<BlobRef>>> SegmentBlobs::all(std::string place) {
  co_await parts_.fatal.park();
  Place* where = place_of(place);
  if (!where) co_return internal_error("no such place for blobs: " + place);
  co_return co_await offload(parts_.pool, [this, where] { return list(*where); });
}

void SegmentBlobs::prepare() {
  for (const auto& [_, place] : places_) place->prepare();
}

void SegmentBlobs::forget_all() {
  parts_.book.clear();
  files_.clear();
  for (const auto& [_, place] : places_) {
    place->seal_current();
    (void)place->take_sealed();
    for (uint64_t segment : list_segments(place->dir()))
      (void)::unlink(segment_path(place->dir(), segment).c_str());
  }
  std::lock_guard lock(reaping_mutex_);
  suspects_.clear();
}

}  // namespace coffer::store::embedded
