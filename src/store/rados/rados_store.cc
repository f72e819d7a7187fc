// The RADOS engine: rows and blobs as objects of a pool, held by one gateway at a time.
#include <condition_variable>
#include <cstring>
#include <list>
#include <thread>

#include "base/encoding.h"
#include "base/log.h"
#include "store/rados/omap_meta.h"
#include "store/store.h"

namespace coffer::store {
namespace rados {
namespace {

constexpr char kStoreObject[] = "store", kLock[] = "gateway", kMarkKey[] = "mark";
constexpr char kOwnerKey[] = "owner";
constexpr int kLockS = 10, kTakeS = 20, kRenewMs = 2000;
constexpr uint64_t kReserveKiB = 2ull << 20;

Error refuse(std::string sentence) { return {"StoreUnusable", std::move(sentence)}; }
std::string text_of(int code) { return std::strerror(-code); }

class RadosStore : public Store {
 public:
  explicit RadosStore(RadosOptions options)
      : options_(std::move(options)), cookie_(hex(options_.random->bytes(8))) {}
  ~RadosStore() override;
  Status open();
  MetaStore& meta() override { return *meta_; }
  BlobStore& blobs() override { return *blobs_; }
  Task<Status> reset() override;
  const std::string& store_id() const override { return id_; }
  void on_fatal(std::function<void(std::string)> fn) override { fatal_.on_fatal(std::move(fn)); }

 private:
  Status connect();
  Status take();
  Status shut_out_former(const std::string& address);
  Status read_mark();
  int lock(bool renew);
  void keep();
  IoCtx room(const std::string& name);
  RadosOptions options_;
  std::string cookie_, id_;
  librados::Rados cluster_;
  bool connected_ = false, taken_ = false;
  IoCtx io_;
  embedded::Fatal fatal_;
  std::map<std::string, IoCtx> places_;
  std::unique_ptr<ObjectBlobs> blobs_;
  std::unique_ptr<OmapMeta> meta_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread keeper_;
};

IoCtx RadosStore::room(const std::string& name) {
  IoCtx out;
  out.dup(io_);
  out.set_namespace(options_.name + "/" + name);
  return out;
}

// Without these an operation waits for the cluster for ever; with them its outcome is unknown.
Status RadosStore::connect() {
  if (int e = cluster_.init(options_.user.c_str()); e < 0) return refuse(text_of(e));
  if (int e = cluster_.conf_read_file(options_.conf.c_str()); e < 0)
    return refuse(fmt::format("{} cannot be read: {}.", options_.conf, text_of(e)));
  for (const char* name : {"rados_osd_op_timeout", "rados_mon_op_timeout", "client_mount_timeout"})
    cluster_.conf_set(name, "30");
  if (int e = cluster_.connect(); e < 0)
    return refuse(fmt::format("The cluster does not answer: {}.", text_of(e)));
  connected_ = true;
  if (int e = cluster_.ioctx_create(options_.pool_name.c_str(), io_); e < 0)
    return refuse(fmt::format("The pool {} cannot be opened: {}.", options_.pool_name, text_of(e)));
  io_.set_namespace(options_.name);
  return ok_status();
}

int RadosStore::lock(bool renew) {
  timeval duration{kLockS, 0};
  return io_.lock_exclusive(kStoreObject, kLock, cookie_, "coffer", &duration,
                            renew ? LIBRADOS_LOCK_FLAG_RENEW : 0);
}

// Whoever held the store before and did not say good-bye may still have writes under way: the
// cluster refuses them from here on.
Status RadosStore::shut_out_former(const std::string& address) {
  int e = cluster_.blocklist_add(address, 24 * 3600);
  if (e == 0) e = cluster_.wait_for_latest_osdmap();
  if (e < 0) return refuse(fmt::format("The former gateway cannot be shut out: {}.", text_of(e)));
  return ok_status();
}

Status RadosStore::take() {
  int e = lock(false);
  for (int waited = 0; e == -EBUSY && waited < kTakeS; ++waited) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    e = lock(false);
  }
  if (e == -EBUSY) return refuse("Another gateway holds the store.");
  if (e < 0) return refuse(fmt::format("The store cannot be locked: {}.", text_of(e)));
  taken_ = true;
  std::list<librados::locker_t> lockers;
  int exclusive = 0;
  std::string tag, address;
  e = io_.list_lockers(kStoreObject, kLock, &exclusive, &tag, &lockers);
  for (const auto& locker : lockers)
    if (locker.cookie == cookie_) address = locker.address;
  if (e < 0 || address.empty()) return refuse("The store's lock was lost.");
  std::map<std::string, bufferlist> rows;
  e = io_.omap_get_vals_by_keys(kStoreObject, {kOwnerKey}, &rows);
  if (e < 0) return refuse(fmt::format("The store cannot be read: {}.", text_of(e)));
  if (!rows.empty()) TRY_OK(shut_out_former(bytes_of(rows.begin()->second)));
  e = io_.omap_set(kStoreObject, {{kOwnerKey, list_of(address)}});
  if (e < 0) return refuse(fmt::format("The store cannot be written: {}.", text_of(e)));
  return ok_status();
}

Status RadosStore::read_mark() {
  std::map<std::string, bufferlist> rows;
  if (int e = io_.omap_get_vals_by_keys(kStoreObject, {kMarkKey}, &rows); e < 0)
    return refuse(fmt::format("The store cannot be read: {}.", text_of(e)));
  std::optional<Mark> mark;
  if (rows.empty()) {
    mark = Mark{1, options_.random->u64()};
    if (int e = io_.omap_set(kStoreObject, {{kMarkKey, list_of(encode(*mark))}}); e < 0)
      return refuse(fmt::format("The store cannot be made: {}.", text_of(e)));
  } else {
    mark = decode_mark(bytes_of(rows.begin()->second));
  }
  if (!mark) return refuse("The store's mark is damaged.");
  if (mark->format != 1) return refuse("The store was written by a newer version.");
  id_ = hex(coffer::Writer().u64(mark->store).view());
  return ok_status();
}

Status RadosStore::open() {
  TRY_OK(connect());
  TRY_OK(take());
  TRY_OK(read_mark());
  places_[""] = room("blobs");
  for (const std::string& zone : options_.zones) places_[zone] = room("blobs/" + zone);
  blobs_ = std::make_unique<ObjectBlobs>(
      ObjectBlobs::Parts{room("rows"), places_, *options_.random, *options_.pool});
  // One gateway at a time: it goes on with the counters' rows of the last.
  meta_ = std::make_unique<OmapMeta>(
      OmapMeta::Parts{room("rows"), fatal_, *blobs_, *options_.clock, *options_.pool, 0});
  keeper_ = std::thread([this] { keep(); });
  return ok_status();
}

void RadosStore::keep() {
  std::unique_lock guard(mutex_);
  while (!wake_.wait_for(guard, std::chrono::milliseconds(kRenewMs), [this] { return stop_; })) {
    guard.unlock();
    int e = lock(true);
    // While the cluster does not answer, nobody else gets the lock either.
    if (e == -ENOENT) e = lock(false);
    if (e == -EBUSY || e == -ESHUTDOWN) fatal_.raise("another gateway has taken the store");
    librados::cluster_stat_t stat{};
    if (cluster_.cluster_stat(stat) == 0 && stat.kb > 0)
      blobs_->set_room(stat.kb_avail > std::min<uint64_t>(stat.kb / 20, kReserveKiB));
    guard.lock();
  }
}

RadosStore::~RadosStore() {
  {
    std::lock_guard guard(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (keeper_.joinable()) keeper_.join();
  meta_.reset();
  blobs_.reset();
  if (taken_ && !fatal_.dead()) {
    io_.omap_rm_keys(kStoreObject, {kOwnerKey});
    io_.unlock(kStoreObject, kLock, cookie_);
  }
  places_.clear();
  io_.close();
  if (connected_) cluster_.shutdown();
}

Task<Status> RadosStore::reset() {
  std::vector<IoCtx> rooms{room("rows")};
  for (const auto& [_, io] : places_) rooms.push_back(io);
  for (IoCtx& io : rooms) {
    auto list = [io]() mutable { return list_objects(io, ""); };
    CO_TRY(auto names, co_await offload(*options_.pool, std::move(list)));
    for (const std::string& name : names)
      if (int e = co_await remove(io, name); e < 0 && e != -ENOENT)
        co_return error_of_code(e, "a reset");
  }
  meta_->forget();
  blobs_->forget();
  co_return ok_status();
}

}  // namespace
}  // namespace rados

Result<std::unique_ptr<Store>> open_rados(RadosOptions options) {
  CHECK(options.clock && options.random && options.pool);
  auto store = std::make_unique<rados::RadosStore>(std::move(options));
  TRY_OK(store->open());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace coffer::store
