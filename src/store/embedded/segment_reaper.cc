// Freeing: garbage rows that are due, then the space of their blobs; and, at open, what a crash
// left behind.
#include <fcntl.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/embedded/segment_blobs.h"

namespace coffer::store::embedded {

constexpr uint64_t kHoleBytesMin = 1 << 20;
constexpr int64_t kUnlinkedMsMax =
    24 * 60 * 60 * 1000;  // nobody links a blob so long after writing it
constexpr ScanMax kPage{.rows = 1000, .bytes = 1 << 20};

static bool is_shared_with_backup(int fd) {
  struct stat file{};
  return ::fstat(fd, &file) != 0 || file.st_nlink > 1;
}

Result<std::vector<SegmentBlobs::Freed>> SegmentBlobs::due(int64_t now_ms, size_t max) {
  std::vector<Freed> out;
  Range range{std::string(kGarbagePrefix), garbage_key(now_ms + 1, {})};
  while (out.size() < max) {
    TRY(Page page, std::move(*parts_.db.scan(Family::kLinks, range, kPage, Tier::kDevice)));
    for (Row& row : page.rows) {
      range.from = row.key + '\0';
      auto garbage = decode_garbage_key(row.key);
      if (!garbage) return internal_error("rocksdb: a garbage row is damaged");
      out.push_back({std::move(garbage->spot), std::move(row.key)});
    }
    TRY_OK(judge(out));
    if (!page.more) break;
  }
  if (out.size() > max) out.resize(max);
  return out;
}

// judge reads the blobs' link rows: drops who is pinned, and tells apart who was freed or linked
// again meanwhile.
Status SegmentBlobs::judge(std::vector<Freed>& page) const {
  for (Freed& freed : page) {
    TRY(auto row, std::move(*parts_.db.get(Family::kLinks, link_key(freed.spot), Tier::kDevice)));
    auto link = row ? decode_link_row(*row) : std::nullopt;
    if (row && !link) return internal_error("rocksdb: a link row is damaged");
    auto garbage = decode_garbage_key(freed.garbage_key);
    freed.counts = link && link->state == LinkRow::State::kGarbage && garbage &&
                   link->due_ms == garbage->due_ms;
    freed.spot.blob = link ? link->blob : 0;
  }
  std::lock_guard lock(holds_->mutex);
  std::erase_if(page,
                [&](const Freed& f) { return f.counts && holds_->pins.contains(f.spot.blob); });
  return ok_status();
}

namespace {
struct ReapWork : Work {
  void fill(const Db& db, rocksdb::WriteBatch& out) const override {
    for (const Bytes& key : keys) out.Delete(db.handle(Family::kLinks), key);
  }
  std::vector<Bytes> keys;
};
}  // namespace

Task<Result<size_t>> SegmentBlobs::reap(int64_t now_ms, size_t max) {
  co_await parts_.fatal.park();
  if (holds_->pauses > 0) co_return size_t{0};
  CO_TRY(auto page,
         co_await offload(parts_.pool, [this, now_ms, max] { return due(now_ms, max); }));
  auto work = std::make_unique<ReapWork>();
  if (!page.empty()) {
    std::vector<LatchKey> latches;
    for (const Freed& freed : page)
      latches.push_back({std::hash<std::string_view>{}(link_key(freed.spot))});
    work->latches = co_await parts_.latches.acquire(std::move(latches));
    CO_TRY_OK(co_await offload(parts_.pool, [this, &page] { return judge(page); }));
    for (const Freed& freed : page) {
      work->keys.push_back(freed.garbage_key);
      if (freed.counts) work->keys.push_back(link_key(freed.spot));
    }
    Commit outcome = co_await parts_.committer.submit(std::move(work));
    if (outcome != Commit::kDone) co_return error_of(outcome);
  }
  co_await offload(parts_.pool, [this, &page] { return free_space(page), Unit{}; });
  co_return static_cast<size_t>(
      std::count_if(page.begin(), page.end(), [](const Freed& f) { return f.counts; }));
}

void SegmentBlobs::collect_suspects() {
  for (auto& expired : parts_.book.expire(Clock::monotonic_ms() - kUnlinkedMsMax))
    suspects_.insert(std::move(expired));
  for (const auto& [id, place] : places_)
    for (uint64_t segment : place->take_sealed()) suspects_.emplace(id, segment);
}

void SegmentBlobs::free_space(const std::vector<Freed>& page) {
  std::lock_guard lock(reaping_mutex_);
  collect_suspects();
  for (const Freed& freed : page) {
    Place* place = place_of(freed.spot.place);
    if (!place || !freed.counts) continue;
    suspects_.emplace(freed.spot.place, freed.spot.segment);
    files_.forget_blob(freed.spot);
  }
  for (const Freed& freed : page) {
    if (holds_->pauses > 0) return;
    Place* place = place_of(freed.spot.place);
    if (!place || !freed.counts) continue;
    Fd fd(::open(segment_path(place->dir(), freed.spot.segment).c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.ok() || is_shared_with_backup(fd.get())) continue;
    (void)write_zeroes(fd.get(), freed.spot.offset, kHeaderBytes);
  }
  for (auto i = suspects_.begin(); i != suspects_.end();) {
    if (holds_->pauses > 0) return;
    const Place& place = *place_of(i->first);
    bool busy = place.is_current(i->second) || parts_.book.any_in(i->second);
    bool done = !busy && sweep(place, i->second);
    i = done ? suspects_.erase(i) : std::next(i);
  }
}

// punch gives back whole blocks of [from, to).
static void punch(int fd, uint64_t from, uint64_t to) {
  if (to < from + kHoleBytesMin) return;
  (void)::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from),
                    static_cast<off_t>(to - from));
}

bool SegmentBlobs::sweep(const Place& place, uint64_t segment) {
  std::string path = segment_path(place.dir(), segment);
  Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd.ok()) return errno == ENOENT;
  const bool shared = is_shared_with_backup(fd.get());
  std::string prefix = segment_prefix(place.id(), segment);
  Range range = {prefix, after_prefix(prefix)};
  uint64_t live_end = kBlockBytes;
  bool any = false;
  for (bool more = true; more;) {
    // Of a shared file only matters whether anything in it is live.
    auto page = std::move(
        *parts_.db.scan(Family::kLinks, range, shared ? ScanMax{.rows = 1} : kPage, Tier::kDevice));
    if (!page.ok()) return false;
    more = page->more;
    any = any || !page->rows.empty();
    if (any && shared) return false;
    for (const Row& row : page->rows) {
      auto link = decode_link_row(row.value);
      auto offset = link_offset(row.key);
      if (!link || !offset) return true;  // nothing behind it may be taken for free
      punch(fd.get(), live_end, *offset);
      live_end = *offset + extent_bytes(link->bytes);
      range.from = row.key + '\0';
    }
  }
  if (!any) {
    files_.forget(segment);
    (void)::unlink(path.c_str());
    return true;
  }
  struct stat file{};
  if (::fstat(fd.get(), &file) == 0) punch(fd.get(), live_end, static_cast<uint64_t>(file.st_size));
  return true;
}

// A file that is neither ours nor empty stays, and the operator hears of it.
static bool is_ours(const std::string& path, uint64_t store, uint64_t segment) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  auto bytes = fd.ok() ? read_some(fd.get(), 0, kHeaderBytes) : std::nullopt;
  if (!bytes) return false;
  if (std::all_of(bytes->begin(), bytes->end(), [](char c) { return c == '\0'; })) return true;
  auto header = decode_segment_header(*bytes);
  return header && header->store == store && header->segment == segment;
}

Status SegmentBlobs::check_segment(const Place& place, uint64_t segment) const {
  if (segment <= parts_.db.last_segment()) return ok_status();
  std::string path = segment_path(place.dir(), segment);
  if (!is_ours(path, parts_.store, segment)) return ok_status();
  return Error{"StoreUnusable",
               fmt::format("{} is newer than the rows: restore them together.", path)};
}

void SegmentBlobs::recover_segment(const Place& place, uint64_t segment) {
  std::string path = segment_path(place.dir(), segment);
  if (!is_ours(path, parts_.store, segment)) {
    log::warn("store.foreign_segment", {{"path", path}});
    return;
  }
  // Sweeping also gives back what lies behind the last live blob: nobody appends to it any more.
  if (!sweep(place, segment)) suspects_.emplace(place.id(), segment);
}

// Rows that are older than the segments would take for free what they know nothing of: every file
// is checked before the first is touched.
Status SegmentBlobs::recover() {
  std::lock_guard lock(reaping_mutex_);
  for (const auto& [_, place] : places_)
    for (uint64_t segment : list_segments(place->dir())) TRY_OK(check_segment(*place, segment));
  for (const auto& [_, place] : places_)
    for (uint64_t segment : list_segments(place->dir())) recover_segment(*place, segment);
  return ok_status();
}

}  // namespace coffer::store::embedded
