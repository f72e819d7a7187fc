#include "store/rados/gateway.h"

#include <cstring>
#include <list>
#include <thread>

#include "base/encoding.h"
#include "store/embedded/file_io.h"

namespace coffer::store::rados {

constexpr char kStoreObject[] = "store", kLock[] = "gateway";
constexpr char kFormatKey[] = "format", kOwnerKey[] = "owner";
constexpr int kLockS = 10, kTakeS = 20;

static Error refuse(std::string sentence) { return {"StoreUnusable", std::move(sentence)}; }
static std::string text_of(int code) { return std::strerror(-code); }

Gateway::Gateway(librados::Rados& cluster, Options options, Random& random)
    : cluster_(cluster), options_(std::move(options)), cookie_(hex(random.bytes(8))) {}

Status Gateway::open_dir() {
  const std::string& dir = options_.data_dir;
  if (dir.empty()) return ok_status();
  if (int e = embedded::make_dirs(dir))
    return refuse(fmt::format("{} cannot be made: {}.", dir, embedded::errno_text(e)));
  TRY(auto lock, embedded::DirLock::take(dir));
  dir_lock_.emplace(std::move(lock));
  TRY(bound_, embedded::read_format(dir, embedded::kRadosKind));
  former_cookie_ = embedded::read_file(dir + "/HOLDER").value_or("");
  return ok_status();
}

int Gateway::lock(bool renewal) {
  timeval duration{kLockS, 0};
  return io_.lock_exclusive(kStoreObject, kLock, cookie_, "coffer", &duration,
                            renewal ? LIBRADOS_LOCK_FLAG_RENEW : 0);
}

// DIR/LOCK is ours, so the process that last worked in DIR is gone: nobody needs to wait until its
// lock expires.
bool Gateway::break_own_lock() {
  if (former_cookie_.empty()) return false;
  std::list<librados::locker_t> lockers;
  int exclusive = 0;
  std::string tag;
  if (io_.list_lockers(kStoreObject, kLock, &exclusive, &tag, &lockers) < 0) return false;
  for (const auto& locker : lockers)
    if (locker.cookie == former_cookie_)
      return io_.break_lock(kStoreObject, kLock, locker.client, locker.cookie) == 0;
  return false;
}

Status Gateway::await_lock() {
  int e = lock(false);
  if (e == -EBUSY && break_own_lock()) e = lock(false);
  for (int waited = 0; e == -EBUSY && waited < kTakeS; ++waited) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    e = lock(false);
  }
  if (e == -EBUSY) return refuse(fmt::format("Another gateway holds {}.", options_.where));
  if (e < 0) return refuse(fmt::format("{} cannot be locked: {}.", options_.where, text_of(e)));
  return ok_status();
}

// Whoever held the store before and did not say good-bye may still have writes under way: the
// cluster refuses them from here on.
Status Gateway::shut_out_former() {
  std::list<librados::locker_t> lockers;
  int exclusive = 0;
  std::string tag, address;
  int e = io_.list_lockers(kStoreObject, kLock, &exclusive, &tag, &lockers);
  for (const auto& locker : lockers)
    if (locker.cookie == cookie_) address = locker.address;
  if (e < 0 || address.empty())
    return refuse(fmt::format("The lock of {} was lost.", options_.where));
  std::map<std::string, bufferlist> rows;
  e = io_.omap_get_vals_by_keys(kStoreObject, {kOwnerKey}, &rows);
  if (e < 0) return refuse(fmt::format("{} cannot be read: {}.", options_.where, text_of(e)));
  if (!rows.empty()) {
    e = cluster_.blocklist_add(bytes_of(rows.begin()->second), 24 * 3600);
    if (e == 0) e = cluster_.wait_for_latest_osdmap();
    if (e < 0) return refuse(fmt::format("The former gateway cannot be shut out: {}.", text_of(e)));
  }
  e = io_.omap_set(kStoreObject, {{kOwnerKey, list_of(address)}});
  if (e == -EOPNOTSUPP)
    return refuse(fmt::format("{} keeps no omap: the pool must be replicated.", options_.where));
  if (e < 0) return refuse(fmt::format("{} cannot be written: {}.", options_.where, text_of(e)));
  return ok_status();
}

Result<std::optional<embedded::Format>> Gateway::read_record() {
  std::map<std::string, bufferlist> rows;
  int e = io_.omap_get_vals_by_keys(kStoreObject, {kFormatKey}, &rows);
  if (e < 0 && e != -ENOENT)
    return refuse(fmt::format("{} cannot be read: {}.", options_.where, text_of(e)));
  if (e == -ENOENT || rows.empty()) return std::optional<embedded::Format>();
  auto format = embedded::decode_format(bytes_of(rows.begin()->second), embedded::kRadosKind);
  if (!format) return refuse(fmt::format("The format record of {} is damaged.", options_.where));
  TRY_OK(embedded::check_reader(*format, options_.where));
  return format;
}

Status Gateway::check(const std::optional<embedded::Format>& found) const {
  if (!bound_ || (found && found->store_id == bound_->store_id)) return ok_status();
  return refuse(fmt::format("{} belongs to the store {}, but {} holds {}.", options_.data_dir,
                            bound_->store_id, options_.where,
                            found ? "the store " + found->store_id : "none"));
}

Status Gateway::take(IoCtx io, Random& random) {
  io_ = std::move(io);
  TRY(auto found, read_record());
  TRY_OK(check(found));
  if (const std::string& dir = options_.data_dir; !dir.empty())
    if (int e = embedded::write_file(dir + "/HOLDER", cookie_))
      return refuse(fmt::format("{}/HOLDER cannot be written: {}.", dir, embedded::errno_text(e)));
  TRY_OK(await_lock());
  taken_ = true;
  TRY_OK(shut_out_former());
  TRY(found, read_record());
  TRY_OK(check(found));
  if (!found) {
    found = embedded::make_format(random, options_.new_id);
    const Bytes record = embedded::encode(*found, embedded::kRadosKind);
    if (int e = io_.omap_set(kStoreObject, {{kFormatKey, list_of(record)}}); e < 0)
      return refuse(fmt::format("{} cannot be written: {}.", options_.where, text_of(e)));
  }
  format_ = *found;
  if (options_.data_dir.empty() || bound_) return ok_status();
  return embedded::write_format(options_.data_dir, format_, embedded::kRadosKind);
}

bool Gateway::renew() {
  int e = lock(true);
  // While the cluster does not answer, nobody else gets the lock either.
  if (e == -ENOENT) e = lock(false);
  return e != -EBUSY && e != -ESHUTDOWN;
}

void Gateway::leave(End end) {
  if (taken_ && end == End::kClean) io_.omap_rm_keys(kStoreObject, {kOwnerKey});
  if (taken_ && end != End::kLost) io_.unlock(kStoreObject, kLock, cookie_);
  io_.close();
}

}  // namespace coffer::store::rados
