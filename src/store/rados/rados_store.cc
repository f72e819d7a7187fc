// The RADOS engine: rows and blobs as objects of a pool, held by one gateway at a time.
#include <condition_variable>
#include <cstring>
#include <thread>

#include "base/log.h"
#include "store/rados/gateway.h"
#include "store/rados/omap_meta.h"
#include "store/store.h"

namespace coffer::store {
namespace rados {
namespace {

constexpr char kRoomObject[] = "room";
constexpr int kRenewMs = 2000;
constexpr uint64_t kReserveKiB = 2ull << 20;
// Without these an operation waits for the cluster for ever; with them its outcome is unknown.
constexpr const char* kTimeouts[] = {"rados_osd_op_timeout", "rados_mon_op_timeout",
                                     "client_mount_timeout"};
constexpr char kOpenTimeoutS[] = "15", kTimeoutS[] = "30";

Error refuse(std::string sentence) { return {"StoreUnusable", std::move(sentence)}; }
std::string text_of(int code) { return std::strerror(-code); }

class RadosStore : public Store {
 public:
  explicit RadosStore(RadosOptions options)
      : options_(std::move(options)),
        gateway_(cluster_,
                 {options_.data_dir,
                  fmt::format("the store {} in the pool {}", options_.name, options_.pool_name),
                  options_.new_id},
                 *options_.random) {}
  ~RadosStore() override;
  Status open();
  MetaStore& meta() override { return *meta_; }
  BlobStore& blobs() override { return *blobs_; }
  Task<Status> reset() override;
  const std::string& store_id() const override { return gateway_.store_id(); }
  void on_fatal(std::function<void(std::string)> fn) override { fatal_.on_fatal(std::move(fn)); }

 private:
  Status connect();
  void keep();
  void tend_room();
  IoCtx room(const std::string& name);
  RadosOptions options_;
  librados::Rados cluster_;
  Gateway gateway_;
  bool connected_ = false;
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

// A write to a full pool is answered with an error, not held back; what frees space passes.
IoCtx RadosStore::room(const std::string& name) {
  IoCtx out;
  out.dup(io_);
  out.set_namespace(name.empty() ? options_.name : options_.name + "/" + name);
  out.set_pool_full_try();
  return out;
}

Status RadosStore::connect() {
  if (int e = cluster_.init(options_.user.c_str()); e < 0) return refuse(text_of(e));
  if (int e = cluster_.conf_read_file(options_.conf.c_str()); e < 0)
    return refuse(fmt::format("{} cannot be read: {}.", options_.conf, text_of(e)));
  for (const char* name : kTimeouts) cluster_.conf_set(name, kOpenTimeoutS);
  cluster_.conf_set("admin_socket", "");
  int e = cluster_.connect();
  if (e == -ETIMEDOUT)
    return refuse(fmt::format("The cluster of {} does not answer within {} s.", options_.conf,
                              kOpenTimeoutS));
  if (e < 0)
    return refuse(fmt::format("The cluster of {} does not let client.{} in: {}.", options_.conf,
                              options_.user, text_of(e)));
  connected_ = true;
  e = cluster_.ioctx_create(options_.pool_name.c_str(), io_);
  if (e == -ENOENT) return refuse(fmt::format("There is no pool {}.", options_.pool_name));
  if (e < 0)
    return refuse(fmt::format("The pool {} cannot be opened: {}.", options_.pool_name, text_of(e)));
  return ok_status();
}

Status RadosStore::open() {
  TRY_OK(gateway_.open_dir());
  TRY_OK(connect());
  TRY_OK(gateway_.take(room(""), *options_.random));
  for (const char* name : kTimeouts) cluster_.conf_set(name, kTimeoutS);
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
    if (!gateway_.renew()) fatal_.raise("another gateway has taken the store");
    tend_room();
    guard.lock();
  }
}

// Rows grow where a full cluster still lets them: so that bodies in rows are refused in time, a new
// object is tried as they would be.
void RadosStore::tend_room() {
  librados::cluster_stat_t stat{};
  if (cluster_.cluster_stat(stat) == 0 && stat.kb > 0 &&
      stat.kb_avail <= std::min<uint64_t>(stat.kb / 20, kReserveKiB))
    return blobs_->set_room(false);
  IoCtx io = room("");
  librados::ObjectWriteOperation op;
  op.create(true);
  const int made = io.operate(kRoomObject, &op);
  if (made == 0 || made == -EEXIST) io.remove(kRoomObject);
  if (made == 0) blobs_->set_room(true);
  if (made == -ENOSPC || made == -EDQUOT) blobs_->set_room(false);
}

RadosStore::~RadosStore() {
  {
    std::lock_guard guard(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (keeper_.joinable()) keeper_.join();
  const bool pending = (meta_ && meta_->unsure()) || (blobs_ && blobs_->unsure());
  meta_.reset();
  blobs_.reset();
  gateway_.leave(fatal_.dead() ? Gateway::End::kLost
                 : pending     ? Gateway::End::kWritesPending
                               : Gateway::End::kClean);
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
