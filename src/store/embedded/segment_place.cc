#include "store/embedded/segment_place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fault.h"
#include "base/log.h"
#include "store/embedded/segment_files.h"

namespace coffer::store::embedded {

constexpr size_t kGroupBytesMax = 16 << 20;

static std::string ready_path(const std::string& dir) { return dir + "/ready"; }
static std::string preparing_path(const std::string& dir) { return dir + "/preparing"; }

static bool has_size(const std::string& path, uint64_t size) {
  struct stat file{};
  return ::stat(path.c_str(), &file) == 0 && static_cast<uint64_t>(file.st_size) == size;
}

// mixed spreads a seed and a number over 64 bits (splitmix64).
static uint64_t mixed(uint64_t seed, uint64_t n) {
  uint64_t z = seed + (n + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

Place::Place(Parts parts, std::string id, std::string dir)
    : parts_(parts), id_(std::move(id)), dir_(std::move(dir)), gauge_(dir_, parts.reserve_bytes) {
  (void)::unlink(preparing_path(dir_).c_str());
  ready_ = has_size(ready_path(dir_), parts_.segment_bytes);
  if (!ready_) (void)::unlink(ready_path(dir_).c_str());
  thread_ = std::thread([this] { run(); });
}

Place::~Place() {
  {
    std::lock_guard lock(queue_mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool Place::adopt_ready(const std::string& path) {
  if (!ready_) return false;
  ready_ = false;
  return ::rename(ready_path(dir_).c_str(), path.c_str()) == 0;
}

Result<std::shared_ptr<Segment>> Place::make_segment(SegmentHeader::Kind kind) {
  auto segment = std::make_shared<Segment>();
  TRY(segment->id, parts_.db.next_segment());
  segment->nonce = mixed(parts_.nonce_seed, segment->id);
  segment->path = segment_path(dir_, segment->id);
  bool shared = kind == SegmentHeader::Kind::kShared;
  bool adopted = shared && adopt_ready(segment->path);
  int flags = O_RDWR | O_CLOEXEC | (adopted ? 0 : O_CREAT | O_EXCL);
  segment->fd = Fd(::open(segment->path.c_str(), flags, 0600));
  if (!segment->fd.ok()) return device_error(errno, segment->path);
  int error = 0;
  if (shared && !adopted &&
      ::fallocate(segment->fd.get(), 0, 0, static_cast<off_t>(parts_.segment_bytes)) != 0)
    error = errno == EOPNOTSUPP ? 0 : errno;
  SegmentHeader header{kind, parts_.store, segment->id, segment->nonce};
  if (error == 0) error = write_all(segment->fd.get(), encode(header), 0);
  if (error != 0) {
    (void)::unlink(segment->path.c_str());
    return device_error(error, segment->path);
  }
  if (int e = sync_dir(dir_)) {
    parts_.fatal.raise(fmt::format("{} could not be synced: {}", dir_, errno_text(e)));
    return error_of(Commit::kUnavailable);
  }
  return segment;
}

Status Place::roll() {
  TRY(auto segment, make_segment(SegmentHeader::Kind::kShared));
  if (current_) sealed_.push_back(current_->id);
  current_ = std::move(segment);
  position_ = kBlockBytes;
  return ok_status();
}

Result<Slot> Place::reserve(uint64_t bytes) {
  CHECK(bytes <= kBlobBytesMax);
  TRY(uint64_t blob, parts_.db.next_id());
  std::lock_guard lock(place_mutex_);
  uint64_t extent = extent_bytes(bytes);
  if (!current_ || position_ + extent > parts_.segment_bytes) TRY_OK(roll());
  Slot slot{current_, static_cast<uint32_t>(position_), blob};
  position_ += extent;
  parts_.book.begin(blob, id_, current_->id);
  return slot;
}

Result<Slot> Place::make_own() {
  TRY(uint64_t blob, parts_.db.next_id());
  TRY(auto segment, make_segment(SegmentHeader::Kind::kOwn));
  parts_.book.begin(blob, id_, segment->id);
  return Slot{std::move(segment), static_cast<uint32_t>(kBlockBytes), blob};
}

BlobRef Place::ref_of(const Slot& slot, uint64_t bytes) const {
  return {id_, encode_locator({id_, slot.segment->id, slot.blob, slot.offset}), bytes};
}

int Place::write_at(const Slot& slot, uint64_t offset, ByteView bytes) const {
  if (fault::failed("segment.write")) return EIO;
  if (fault::failed("segment.full")) return ENOSPC;
  return write_all(slot.segment->fd.get(), bytes, slot.offset + kHeaderBytes + offset);
}

int Place::write_header(const Slot& slot, uint64_t bytes) const {
  return write_all(slot.segment->fd.get(),
                   encode(BlobHeader{slot.segment->nonce, slot.blob, bytes}), slot.offset);
}

bool Place::sync(const Segment& segment) {
  bool failed = fault::failed("segment.sync");
  if (!failed && ::fdatasync(segment.fd.get()) == 0) return true;
  parts_.fatal.raise(fmt::format("segment {:016x} could not be synced: {}", segment.id,
                                 failed ? "as the test asked" : errno_text(errno)));
  return false;
}

Task<Result<BlobRef>> Place::finish(std::optional<Slot> slot, std::vector<SealedBytes> pieces,
                                    uint64_t bytes) {
  auto held = std::make_shared<Finish>();
  held->slot = std::move(slot);
  held->pieces = std::move(pieces);
  held->bytes = bytes;
  co_return co_await suspend<Result<BlobRef>>([this, held](ResumePtr<Result<BlobRef>> resume) {
    held->resume = std::move(resume);
    {
      std::lock_guard lock(queue_mutex_);
      queue_.push_back(std::move(*held));
    }
    wake_.notify_one();
  });
}

void Place::run() {
  for (;;) {
    std::vector<Finish> group = take_group();
    if (group.empty()) return;
    write_group(std::move(group));
  }
}

std::vector<Place::Finish> Place::take_group() {
  std::unique_lock lock(queue_mutex_);
  wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
  std::vector<Finish> group;
  size_t bytes = 0;
  while (!queue_.empty() && bytes < kGroupBytesMax) {
    bytes += queue_.front().bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

Result<BlobRef> Place::write_one(Finish& finish) {
  if (!finish.slot) {
    TRY(finish.slot, reserve(finish.bytes));
  }
  const Slot& slot = *finish.slot;
  int error = 0;
  uint64_t offset = 0;
  for (const SealedBytes& piece : finish.pieces) {
    if (error == 0) error = write_at(slot, offset, piece.view());
    offset += piece.size();
  }
  if (error == 0) error = write_header(slot, finish.bytes);
  if (error == 0) return ref_of(slot, finish.bytes);
  parts_.book.end(slot.blob);
  return device_error(error, slot.segment->path);
}

void Place::write_group(std::vector<Finish> group) {
  if (parts_.fatal.dead()) return parts_.fatal.bury(std::move(group));
  std::vector<Result<BlobRef>> answers;
  std::map<uint64_t, std::shared_ptr<Segment>> touched;
  for (Finish& finish : group) {
    answers.push_back(write_one(finish));
    if (answers.back().ok()) touched[finish.slot->segment->id] = finish.slot->segment;
  }
  for (const auto& [_, segment] : touched)
    if (!sync(*segment)) return parts_.fatal.bury(std::move(group));
  Answers<Result<BlobRef>> all;
  for (size_t i = 0; i < group.size(); ++i)
    all.add(std::move(group[i].resume), std::move(answers[i]));
  all.send();
}

void Place::prepare() {
  {
    std::lock_guard lock(place_mutex_);
    if (ready_ || !current_ || position_ < parts_.segment_bytes / 4) return;
  }
  if (!gauge_.above_watermark()) return;
  std::string path = preparing_path(dir_);
  {
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd.ok()) return;
    if (write_zeroes(fd.get(), 0, parts_.segment_bytes) != 0 || ::fdatasync(fd.get()) != 0) {
      (void)::unlink(path.c_str());
      return;
    }
  }
  std::lock_guard lock(place_mutex_);
  ready_ = ::rename(path.c_str(), ready_path(dir_).c_str()) == 0;
}

std::vector<uint64_t> Place::take_sealed() {
  std::lock_guard lock(place_mutex_);
  return std::exchange(sealed_, {});
}

bool Place::is_current(uint64_t segment) const {
  std::lock_guard lock(place_mutex_);
  return current_ && current_->id == segment;
}

void Place::seal_current() {
  std::lock_guard lock(place_mutex_);
  if (current_) sealed_.push_back(current_->id);
  current_.reset();
}

}  // namespace coffer::store::embedded
