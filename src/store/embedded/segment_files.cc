#include "store/embedded/segment_files.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <filesystem>

namespace coffer::store::embedded {

constexpr std::string_view kSuffix = ".seg";
constexpr size_t kIdDigits = 16;

std::string segment_path(const std::string& dir, uint64_t segment) {
  return fmt::format("{}/{:016x}{}", dir, segment, kSuffix);
}

std::optional<uint64_t> segment_of_name(std::string_view name) {
  if (name.size() != kIdDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  uint64_t id = 0;
  for (char c : name.substr(0, kIdDigits)) {
    bool digit = c >= '0' && c <= '9';
    if (!digit && !(c >= 'a' && c <= 'f')) return std::nullopt;
    id = id << 4 | static_cast<uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return id;
}

std::vector<uint64_t> list_segments(const std::string& dir) {
  std::vector<uint64_t> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dir, error))
    if (auto id = segment_of_name(entry.path().filename().string())) out.push_back(*id);
  std::sort(out.begin(), out.end());
  return out;
}

static Error damaged(const Spot& spot, std::string_view what) {
  return internal_error(fmt::format("segment {:016x}, blob {:x} at {}: {}", spot.segment, spot.blob,
                                    spot.offset, what));
}

// read_cached answers bytes of the page cache alone.
static std::optional<Bytes> read_cached(int fd, uint64_t offset, size_t size) {
  Bytes out(size, '\0');
  if (size == 0) return out;
  iovec to{out.data(), out.size()};
  ssize_t n = ::preadv2(fd, &to, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  if (n != static_cast<ssize_t>(size)) return std::nullopt;
  return out;
}

static bool is_header_of(ByteView bytes, uint64_t nonce, const Piece& piece) {
  auto header = decode_blob_header(bytes);
  return header && *header == BlobHeader{nonce, piece.spot.blob, piece.blob_bytes};
}

static bool is_checked(OpenSegment& file, const Spot& spot) {
  std::lock_guard lock(file.mutex);
  return file.checked.contains(spot.offset);
}

static void set_checked(OpenSegment& file, const Spot& spot) {
  std::lock_guard lock(file.mutex);
  file.checked.insert(spot.offset);
}

static uint64_t data_offset(const Piece& piece) {
  return piece.spot.offset + kHeaderBytes + piece.offset;
}

std::optional<SealedBytes> SegmentFiles::try_read(const Piece& piece) {
  Ptr file = find(piece.spot.segment);
  if (!file) return std::nullopt;
  if (!is_checked(*file, piece.spot)) {
    auto header = read_cached(file->fd.get(), piece.spot.offset, kHeaderBytes);
    // A wrong header is the slow path's to report.
    if (!header || !is_header_of(*header, file->nonce, piece)) return std::nullopt;
    set_checked(*file, piece.spot);
  }
  auto bytes = read_cached(file->fd.get(), data_offset(piece), piece.size);
  if (!bytes) return std::nullopt;
  return BlobAccess::make(std::move(*bytes));
}

Result<SealedBytes> SegmentFiles::read(const std::string& dir, const Piece& piece) {
  Ptr file = find(piece.spot.segment);
  if (!file) {
    auto opened = open(dir, piece.spot.segment);
    if (!opened.ok()) {
      // The blob belongs in the log too.
      (void)damaged(piece.spot, "its segment cannot be used");
      return opened.error();
    }
    file = std::move(*opened);
  }
  int fd = file->fd.get();
  if (!is_checked(*file, piece.spot)) {
    auto header = read_some(fd, piece.spot.offset, kHeaderBytes);
    if (!header) return damaged(piece.spot, "the header cannot be read");
    if (!is_header_of(*header, file->nonce, piece))
      return damaged(piece.spot, "the header is damaged or another blob's");
    set_checked(*file, piece.spot);
  }
  auto bytes = read_some(fd, data_offset(piece), piece.size);
  if (!bytes) return damaged(piece.spot, "the data cannot be read");
  if (bytes->size() != piece.size) return damaged(piece.spot, "the segment is truncated");
  return BlobAccess::make(std::move(*bytes));
}

SegmentFiles::Ptr SegmentFiles::find(uint64_t segment) {
  std::lock_guard lock(mutex_);
  auto i = by_id_.find(segment);
  if (i == by_id_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, i->second);
  return i->second->file;
}

Result<SegmentFiles::Ptr> SegmentFiles::open(const std::string& dir, uint64_t segment) {
  auto file = std::make_shared<OpenSegment>();
  file->fd = Fd(::open(segment_path(dir, segment).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file->fd.ok())
    return internal_error(fmt::format("segment {:016x}: {}", segment, errno_text(errno)));
  auto bytes = read_some(file->fd.get(), 0, kHeaderBytes);
  auto header = bytes ? decode_segment_header(*bytes) : std::nullopt;
  if (!header) return internal_error(fmt::format("segment {:016x}: a damaged header", segment));
  if (header->store != store_ || header->segment != segment)
    return internal_error(
        fmt::format("segment {:016x}: the file is segment {:016x} of store {:016x}", segment,
                    header->segment, header->store));
  file->nonce = header->nonce;
  std::lock_guard lock(mutex_);
  if (auto i = by_id_.find(segment); i != by_id_.end()) return i->second->file;
  recent_.push_front({segment, file});
  by_id_[segment] = recent_.begin();
  if (recent_.size() > open_max_) {
    by_id_.erase(recent_.back().segment);
    recent_.pop_back();
  }
  return file;
}

void SegmentFiles::forget(uint64_t segment) {
  std::lock_guard lock(mutex_);
  auto i = by_id_.find(segment);
  if (i == by_id_.end()) return;
  recent_.erase(i->second);
  by_id_.erase(i);
}

void SegmentFiles::forget_blob(const Spot& spot) {
  Ptr file = find(spot.segment);
  if (!file) return;
  std::lock_guard lock(file->mutex);
  file->checked.erase(spot.offset);
}

void SegmentFiles::clear() {
  std::lock_guard lock(mutex_);
  recent_.clear();
  by_id_.clear();
}

}  // namespace coffer::store::embedded
