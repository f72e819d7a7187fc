// The end of a blob: given up, or garbage that is due and that no partition links.
#include "base/log.h"
#include "store/rados/object_blobs.h"

namespace coffer::store::rados {

constexpr int64_t kUndecidedMs = 24ll * 3600 * 1000;
constexpr char kFreed[] = "!";  // no partition's name: the blob is being freed and links fail

void ObjectBlobs::begun(const BlobRef& ref) {
  std::lock_guard lock(mutex_);
  apart_[ref.locator] = {.ref = ref};
}
void ObjectBlobs::finished(const BlobRef& ref) {
  std::lock_guard lock(mutex_);
  apart_[ref.locator] = {.ref = ref, .state = Apart::State::kUnlinked};
}
void ObjectBlobs::abandoned(const BlobRef& ref) {
  std::lock_guard lock(mutex_);
  apart_[ref.locator] = {.ref = ref, .state = Apart::State::kGivenUp};
}
void ObjectBlobs::linked(const std::vector<BlobRef>& refs) {
  std::lock_guard lock(mutex_);
  for (const BlobRef& ref : refs) apart_.erase(ref.locator);
}
void ObjectBlobs::perhaps_linked(const std::vector<BlobRef>& refs) {
  std::lock_guard lock(mutex_);
  for (const BlobRef& ref : refs)
    apart_[ref.locator] = {.ref = ref, .state = Apart::State::kPerhapsLinked};
}
void ObjectBlobs::has_garbage(const Partition& p) {
  std::lock_guard lock(mutex_);
  garbage_in_.insert(p.name);
}
void ObjectBlobs::give_up(const BlobRef& ref) {
  std::lock_guard lock(mutex_);
  auto i = apart_.find(ref.locator);
  if (i != apart_.end() && i->second.state == Apart::State::kUnlinked)
    i->second.state = Apart::State::kGivenUp;
}
void ObjectBlobs::forget() {
  std::lock_guard lock(mutex_);
  apart_.clear();
  garbage_in_.clear();
}

std::shared_ptr<void> ObjectBlobs::pin_all(std::vector<std::string> locators) {
  std::lock_guard lock(holds_->mutex);
  for (const auto& locator : locators) ++holds_->pins[locator];
  return std::shared_ptr<void>(holds_.get(), [holds = holds_, locators](void*) {
    std::lock_guard unpin(holds->mutex);
    for (const auto& locator : locators)
      if (--holds->pins[locator] == 0) holds->pins.erase(locator);
  });
}
std::shared_ptr<void> ObjectBlobs::pin(const BlobRef& ref) { return pin_all({ref.locator}); }

std::shared_ptr<void> ObjectBlobs::hold(const std::vector<BlobRef>& refs) {
  std::vector<std::string> locators;
  std::lock_guard lock(mutex_);
  for (const BlobRef& ref : refs) {
    auto i = apart_.find(ref.locator);
    const bool given_up = i != apart_.end() && i->second.state == Apart::State::kGivenUp;
    if (given_up || reaping_.contains(ref.locator)) return nullptr;
    locators.push_back(ref.locator);
  }
  return pin_all(std::move(locators));
}

std::shared_ptr<void> ObjectBlobs::claim(const BlobRef& ref) {
  std::lock_guard lock(mutex_);
  std::lock_guard holds(holds_->mutex);
  if (holds_->pauses > 0 || holds_->pins.contains(ref.locator)) return nullptr;
  if (!reaping_.insert(ref.locator).second) return nullptr;
  return std::shared_ptr<void>(holds_.get(), [this, locator = ref.locator](void*) {
    std::lock_guard unlock(mutex_);
    reaping_.erase(locator);
  });
}

std::shared_ptr<void> ObjectBlobs::pause_reaping() {
  std::lock_guard lock(holds_->mutex);
  ++holds_->pauses;
  return std::shared_ptr<void>(holds_.get(), [holds = holds_](void*) {
    std::lock_guard resume(holds->mutex);
    --holds->pauses;
  });
}

Task<Commit> ObjectBlobs::pre_link(BlobRef ref, Partition in) {
  auto id = decode_locator(ref);
  auto io = parts_.places.find(ref.place);
  if (!id || io == parts_.places.end()) co_return Commit::kUnavailable;
  auto op = std::make_shared<librados::ObjectWriteOperation>();
  op->assert_exists();
  op->omap_cmp({{kFreed, {bufferlist(), LIBRADOS_CMPXATTR_OP_EQ}}}, nullptr);
  op->omap_set({{in.name, list_of("1")}});
  int code = co_await write(io->second, piece_name(*id, 0), op);
  // Nothing of the commit itself was tried yet.
  co_return code == 0 ? Commit::kDone : Commit::kUnavailable;
}

// The mark comes first and the first piece goes last: a free that was cut short is begun again by
// whoever still knows of the blob, and meanwhile no commit can link it.
Task<Status> ObjectBlobs::free_pieces(BlobRef ref) {
  auto id = decode_locator(ref);
  auto io = parts_.places.find(ref.place);
  if (!id || io == parts_.places.end()) co_return internal_error("a garbage row is damaged");
  auto mark = std::make_shared<librados::ObjectWriteOperation>();
  mark->assert_exists();
  mark->omap_set({{kFreed, list_of("1")}});
  int code = co_await write(io->second, piece_name(*id, 0), mark);
  if (code < 0 && code != -ENOENT) co_return error_of_code(code, "a blob's free");
  const uint64_t pieces = std::max<uint64_t>(1, (ref.bytes + kPieceBytes - 1) / kPieceBytes);
  for (uint64_t piece = pieces; piece-- > 0;) {
    code = co_await remove(io->second, piece_name(*id, piece));
    if (code < 0 && code != -ENOENT) co_return error_of_code(code, "a blob's free");
  }
  co_return ok_status();
}

// What was given up goes at once. What nobody decided about within a day counts as given up, and
// what may have been linked is asked about then: an operation without an answer is long over.
Task<Status> ObjectBlobs::free_apart(int64_t now_ms) {
  std::vector<Apart> due;
  {
    std::lock_guard lock(mutex_);
    for (auto& [_, each] : apart_) {
      if (each.since_ms == 0) each.since_ms = now_ms;
      const bool old = now_ms - each.since_ms > kUndecidedMs;
      if (old && each.state == Apart::State::kUnlinked) each.state = Apart::State::kGivenUp;
      if (each.state == Apart::State::kGivenUp ||
          (old && each.state == Apart::State::kPerhapsLinked))
        due.push_back(each);
    }
  }
  for (const Apart& each : due) {
    auto claimed = claim(each.ref);
    if (!claimed) continue;
    bool known = false;
    if (each.state == Apart::State::kPerhapsLinked) {
      CO_TRY(auto partitions, co_await linkers(each.ref));
      if (!partitions) continue;
      CO_TRY(known, co_await known_to(*partitions, each.ref.locator, Asked::kLinksAndGarbage));
    }
    if (!known) CO_TRY_OK(co_await free_pieces(each.ref));
    std::lock_guard lock(mutex_);
    apart_.erase(each.ref.locator);
  }
  co_return ok_status();
}

Task<Result<size_t>> ObjectBlobs::reap(int64_t now_ms, size_t max) {
  CO_TRY_OK(co_await free_apart(now_ms));
  if (!std::exchange(listed_, true)) {
    IoCtx io = parts_.rows;
    auto list = [io]() mutable { return list_objects(io, ""); };
    auto names = co_await offload(parts_.pool, std::move(list));
    if (!names.ok()) listed_ = false;
    if (!names.ok()) co_return names.error();
    std::lock_guard lock(mutex_);
    garbage_in_.insert(names->begin(), names->end());
  }
  std::set<std::string> partitions;
  {
    std::lock_guard lock(mutex_);
    partitions = garbage_in_;
  }
  size_t freed = 0;
  for (const std::string& name : partitions) {
    if (freed >= max) break;
    CO_TRY(size_t some, co_await reap_partition(name, now_ms, max - freed));
    freed += some;
  }
  // Last: an object that cannot be judged must not keep garbage from being freed.
  CO_TRY(const size_t swept, co_await sweep(max - std::min(max, freed)));
  co_return freed + swept;
}

Task<Result<size_t>> ObjectBlobs::reap_partition(std::string name, int64_t now_ms, size_t max) {
  struct Found {
    std::map<std::string, bufferlist> rows;
    bool more = false;
    int code = 0;
  };
  size_t freed = 0;
  bool any = false;
  {
    // What is unlinked from here on makes the partition known again.
    std::lock_guard lock(mutex_);
    garbage_in_.erase(name);
  }
  const std::string begin = omap_key(Kind::kGarbage, "");
  for (std::string after = begin;;) {
    auto found = std::make_shared<Found>();
    auto op = std::make_shared<librados::ObjectReadOperation>();
    op->omap_get_vals2(after, begin, 1024, &found->rows, &found->more, &found->code);
    int code = co_await rados::read(parts_.rows, name, op, found);
    if (code == -ENOENT) co_return freed;
    if (code < 0) {
      has_garbage({name});
      co_return error_of_code(code, "garbage rows");
    }
    for (const auto& [key, list] : found->rows) {
      auto row = decode_garbage(bytes_of(list));
      if (!row) log::error("rados_garbage_damaged", {{"partition", name}});
      if (!row) continue;
      any = true;
      if (freed >= max || row->due_ms > now_ms) continue;
      auto did = co_await free_garbage(name, key, row->ref);
      if (!did.ok()) {
        has_garbage({name});
        co_return did.error();
      }
      freed += *did;
    }
    if (!found->more || found->rows.empty()) break;
    after = found->rows.rbegin()->first;
  }
  if (any) has_garbage({name});
  co_return freed;
}

Task<Result<bool>> ObjectBlobs::known_to(std::set<std::string> partitions, std::string locator,
                                         Asked asked) {
  std::set<std::string> keys{omap_key(Kind::kLink, locator)};
  if (asked == Asked::kLinksAndGarbage) keys.insert(omap_key(Kind::kGarbage, locator));
  for (const std::string& name : partitions) {
    auto rows = std::make_shared<std::pair<std::map<std::string, bufferlist>, int>>();
    auto op = std::make_shared<librados::ObjectReadOperation>();
    op->omap_get_vals_by_keys(keys, &rows->first, &rows->second);
    int code = co_await rados::read(parts_.rows, name, op, rows);
    if (code < 0 && code != -ENOENT) co_return error_of_code(code, "a link's read");
    if (code == 0 && !rows->first.empty()) co_return true;
  }
  co_return false;
}

// linkers answers the partitions that may link the blob; nullopt: too many to tell.
Task<Result<std::optional<std::set<std::string>>>> ObjectBlobs::linkers(BlobRef ref) {
  auto id = decode_locator(ref);
  auto io = parts_.places.find(ref.place);
  if (!id || io == parts_.places.end()) co_return internal_error("a blob's reference is damaged");
  struct Found {
    std::map<std::string, bufferlist> rows;
    bool more = false;
    int code = 0;
  };
  auto found = std::make_shared<Found>();
  auto op = std::make_shared<librados::ObjectReadOperation>();
  op->omap_get_vals2("", 1024, &found->rows, &found->more, &found->code);
  int code = co_await rados::read(io->second, piece_name(*id, 0), op, found);
  if (code < 0 && code != -ENOENT) co_return error_of_code(code, "a blob's linkers");
  if (found->more) co_return std::optional<std::set<std::string>>();
  std::set<std::string> out;
  for (const auto& [name, _] : found->rows)
    if (name != kFreed) out.insert(name);
  co_return std::optional(std::move(out));
}

// free_garbage answers whether the blob was there and is freed now.
Task<Result<bool>> ObjectBlobs::free_garbage(std::string partition, std::string key, BlobRef ref) {
  auto id = decode_locator(ref);
  auto io = parts_.places.find(ref.place);
  if (!id || io == parts_.places.end()) co_return false;  // another place's settings: kept
  auto claimed = claim(ref);
  if (!claimed) co_return false;
  auto stat = std::make_shared<librados::ObjectReadOperation>();
  stat->assert_exists();
  const int there = co_await rados::read(io->second, piece_name(*id, 0), stat, nullptr);
  CO_TRY(auto partitions, co_await linkers(ref));
  if (!partitions) co_return false;
  partitions->insert(partition);
  CO_TRY(bool live, co_await known_to(std::move(*partitions), ref.locator, Asked::kLinks));
  if (!live) CO_TRY_OK(co_await free_pieces(ref));
  auto op = std::make_shared<librados::ObjectWriteOperation>();
  op->omap_rm_keys({key});
  if (int e = co_await write(parts_.rows, partition, op); e < 0 && e != -ENOENT)
    co_return error_of_code(e, "a garbage row");
  co_return !live && there == 0;
}

}  // namespace coffer::store::rados
