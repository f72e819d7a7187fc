// The embedded engine: RocksDB for rows, segment files for blobs, under one directory of one
// process.
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <condition_variable>
#include <filesystem>

#include "base/encoding.h"
#include "base/log.h"
#include "store/embedded/format_file.h"
#include "store/embedded/rocks_meta.h"
#include "store/embedded/segment_blobs.h"

namespace coffer::store {

namespace embedded {

static Error refuse(std::string sentence) { return {"StoreUnusable", std::move(sentence)}; }

// Keeper does what must be done ahead of time and on nobody's request.
class Keeper {
 public:
  Keeper(SegmentBlobs& blobs, Ballast& ballast)
      : blobs_(blobs), ballast_(ballast), thread_([this] { run(); }) {}
  ~Keeper() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

 private:
  static constexpr std::chrono::milliseconds kPeriod{250};
  void run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      lock.unlock();
      ballast_.tend();
      blobs_.prepare();
      lock.lock();
      wake_.wait_for(lock, kPeriod, [this] { return stop_; });
    }
  }
  SegmentBlobs& blobs_;
  Ballast& ballast_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

namespace {
struct ResetWork : Work {
  void fill(const Db& db, rocksdb::WriteBatch& out) const override {
    const std::string end(256, '\xff');
    for (Family f : {Family::kRows, Family::kBodies, Family::kCounters, Family::kLinks})
      out.DeleteRange(db.handle(f), rocksdb::Slice(), end);
  }
  bool drops_counters() const override { return true; }
};
}  // namespace

class EmbeddedStore : public Store {
 public:
  EmbeddedStore(EmbeddedOptions options, DirLock lock, Format format, std::unique_ptr<Db> db)
      : options_(std::move(options)),
        lock_(std::move(lock)),
        format_(std::move(format)),
        db_(std::move(db)),
        gauge_(options_.data_dir, options_.reserve_bytes),
        ballast_(options_.data_dir, gauge_) {}

  Status start(std::map<std::string, std::string> dirs);
  MetaStore& meta() override { return *meta_; }
  BlobStore& blobs() override { return *blobs_; }
  Task<Status> reset() override;
  const std::string& store_id() const override { return format_.store_id; }
  void on_fatal(std::function<void(std::string)> fn) override { fatal_.on_fatal(std::move(fn)); }

 private:
  EmbeddedOptions options_;
  DirLock lock_;
  Format format_;
  std::unique_ptr<Db> db_;
  DiskGauge gauge_;
  Ballast ballast_;
  LatchTable latches_;
  BlobBook book_;
  Fatal fatal_;
  // Destroyed from the last: the keeper stops, then the writers' threads, then the committer.
  std::unique_ptr<RocksMeta> meta_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<SegmentBlobs> blobs_;
  std::unique_ptr<Keeper> keeper_;
};

Status EmbeddedStore::start(std::map<std::string, std::string> dirs) {
  uint64_t store = Reader(*unhex(format_.store_id)).u64();
  committer_ = std::make_unique<Committer>(*db_, fatal_, gauge_, ballast_);
  Place::Parts parts{*db_,
                     fatal_,
                     book_,
                     store,
                     options_.random->u64(),
                     options_.segment_bytes,
                     options_.reserve_bytes};
  std::map<std::string, std::unique_ptr<Place>> places;
  for (auto& [id, dir] : dirs) places[id] = std::make_unique<Place>(parts, id, dir);
  blobs_ = std::make_unique<SegmentBlobs>(
      SegmentBlobs::Parts{*db_, fatal_, *committer_, latches_, book_, *options_.pool, store},
      std::move(places));
  meta_ = std::make_unique<RocksMeta>(RocksMeta::Parts{*db_, fatal_, *committer_, latches_, book_,
                                                       gauge_, *options_.clock, *options_.pool});
  TRY_OK(blobs_->recover());
  keeper_ = std::make_unique<Keeper>(*blobs_, ballast_);
  return ok_status();
}

Task<Status> EmbeddedStore::reset() {
  Commit outcome = co_await committer_->submit(std::make_unique<ResetWork>());
  if (outcome != Commit::kDone) co_return error_of(outcome);
  meta_->forget_leases();
  co_await offload(*options_.pool, [this] { return blobs_->forget_all(), Unit{}; });
  co_return ok_status();
}

// segment_dirs answers each place's directory of segments, made where it is missing.
static Result<std::map<std::string, std::string>> segment_dirs(const EmbeddedOptions& options) {
  std::map<std::string, std::string> out{{"", options.data_dir + "/segments"}};
  for (const auto& [zone, dir] : options.zones) {
    if (zone.empty() || zone.size() > 255) return refuse("A zone ID has 1 to 255 characters.");
    out[zone] = (std::filesystem::path(options.data_dir) / dir / "segments").string();
  }
  std::set<std::string> distinct;
  for (auto& [zone, dir] : out) {
    if (int e = make_dirs(dir))
      return refuse(fmt::format("{} cannot be made: {}.", dir, errno_text(e)));
    std::error_code error;
    std::string canonical = std::filesystem::canonical(dir, error).string();
    if (error || !distinct.insert(canonical).second)
      return refuse(fmt::format("Two zones share the directory {}.", dir));
    dir = canonical;
  }
  return out;
}

// Rows that are gone would make every segment look free.
static Status check_rows_are_there(const EmbeddedOptions& options,
                                   const std::map<std::string, std::string>& dirs) {
  if (std::filesystem::exists(options.data_dir + "/meta/CURRENT")) return ok_status();
  for (const auto& [_, dir] : dirs)
    if (!list_segments(dir).empty())
      return refuse(
          fmt::format("{} holds segments, but {}/meta holds no rows.", dir, options.data_dir));
  return ok_status();
}

}  // namespace embedded

Result<std::unique_ptr<Store>> open_embedded(EmbeddedOptions options) {
  using namespace embedded;
  CHECK(options.clock && options.random && options.pool);
  CHECK(options.segment_bytes >= 2 * kBlobBytesMax && options.segment_bytes <= (1u << 31));
  if (int e = make_dirs(options.data_dir))
    return refuse(fmt::format("{} cannot be made: {}.", options.data_dir, errno_text(e)));
  TRY(DirLock lock, DirLock::take(options.data_dir));
  TRY(Format format, open_format(options.data_dir, *options.random, options.new_id));
  TRY(auto dirs, segment_dirs(options));
  TRY_OK(check_rows_are_there(options, dirs));
  TRY(auto db, Db::open(options, format.store_id));
  // The names of meta/ and segments/: without them what is synced inside is nowhere after a power
  // cut.
  if (int e = sync_dir(options.data_dir))
    return refuse(fmt::format("{} cannot be synced: {}.", options.data_dir, errno_text(e)));
  auto store = std::make_unique<EmbeddedStore>(std::move(options), std::move(lock),
                                               std::move(format), std::move(db));
  TRY_OK(store->start(std::move(dirs)));
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace coffer::store
