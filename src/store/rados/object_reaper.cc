// The end of a blob: given up, or garbage that is due and that no partition links.
#include "base/log.h"
#include "store/rados/object_blobs.h"

namespace coffer::store::rados {

constexpr char kFreed[] = "!";  // no partition's name: the blob is being freed and links fail

void ObjectBlobs::finished(const BlobRef& ref) {
  std::lock_guard lock(mutex_);
  unlinked_[ref.locator] = ref;
}
void ObjectBlobs::abandoned(const BlobRef& ref) {
  std::lock_guard lock(mutex_);
  given_up_[ref.locator] = ref;
}
void ObjectBlobs::linked(const std::vector<BlobRef>& refs) {
  std::lock_guard lock(mutex_);
  for (const BlobRef& ref : refs) unlinked_.erase(ref.locator);
}
void ObjectBlobs::has_garbage(const Partition& p) {
  std::lock_guard lock(mutex_);
  garbage_in_.insert(p.name);
}
void ObjectBlobs::give_up(const BlobRef& ref) {
  std::lock_guard lock(mutex_);
  if (auto node = unlinked_.extract(ref.locator)) given_up_.insert(std::move(node));
}
void ObjectBlobs::forget() {
  std::lock_guard lock(mutex_);
  unlinked_.clear();
  given_up_.clear();
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
bool ObjectBlobs::pinned(const std::string& locator) const {
  std::lock_guard lock(holds_->mutex);
  return holds_->pins.contains(locator);
}
std::shared_ptr<void> ObjectBlobs::pin(const BlobRef& ref) { return pin_all({ref.locator}); }

std::shared_ptr<void> ObjectBlobs::hold(const std::vector<BlobRef>& refs) {
  std::vector<std::string> locators;
  std::lock_guard lock(mutex_);
  for (const BlobRef& ref : refs) {
    if (given_up_.contains(ref.locator) || reaping_.contains(ref.locator)) return nullptr;
    locators.push_back(ref.locator);
  }
  return pin_all(std::move(locators));
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

Task<Status> ObjectBlobs::free_given_up() {
  std::map<std::string, BlobRef> batch;
  {
    std::lock_guard lock(mutex_);
    batch = given_up_;
  }
  for (const auto& [locator, ref] : batch) {
    CO_TRY_OK(co_await free_pieces(ref));
    std::lock_guard lock(mutex_);
    given_up_.erase(locator);
  }
  co_return ok_status();
}

Task<Result<size_t>> ObjectBlobs::reap(int64_t now_ms, size_t max) {
  CO_TRY_OK(co_await free_given_up());
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
  co_return freed;
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

Task<Result<bool>> ObjectBlobs::linked_anywhere(std::set<std::string> partitions,
                                                std::string locator) {
  const std::string key = omap_key(Kind::kLink, locator);
  for (const std::string& name : partitions) {
    auto rows = std::make_shared<std::pair<std::map<std::string, bufferlist>, int>>();
    auto op = std::make_shared<librados::ObjectReadOperation>();
    op->omap_get_vals_by_keys({key}, &rows->first, &rows->second);
    int code = co_await rados::read(parts_.rows, name, op, rows);
    if (code < 0 && code != -ENOENT) co_return error_of_code(code, "a link's read");
    if (code == 0 && !rows->first.empty()) co_return true;
  }
  co_return false;
}

// free_garbage answers whether the blob was there and is freed now.
Task<Result<bool>> ObjectBlobs::free_garbage(std::string partition, std::string key, BlobRef ref) {
  auto id = decode_locator(ref);
  auto io = parts_.places.find(ref.place);
  if (!id || io == parts_.places.end()) co_return false;  // another place's settings: kept
  {
    std::lock_guard lock(mutex_);
    std::lock_guard holds(holds_->mutex);
    if (holds_->pauses > 0 || holds_->pins.contains(ref.locator)) co_return false;
    reaping_.insert(ref.locator);
  }
  std::shared_ptr<void> done(holds_.get(), [this, locator = ref.locator](void*) {
    std::lock_guard lock(mutex_);
    reaping_.erase(locator);
  });
  struct Linkers {
    std::map<std::string, bufferlist> rows;
    bool more = false;
    int code = 0;
  };
  auto linkers = std::make_shared<Linkers>();
  auto list = std::make_shared<librados::ObjectReadOperation>();
  list->omap_get_vals2("", 1024, &linkers->rows, &linkers->more, &linkers->code);
  int code = co_await rados::read(io->second, piece_name(*id, 0), list, linkers);
  if (code < 0 && code != -ENOENT) co_return error_of_code(code, "a blob's linkers");
  if (linkers->more) co_return false;
  std::set<std::string> partitions{partition};
  for (const auto& [name, _] : linkers->rows)
    if (name != kFreed) partitions.insert(name);
  CO_TRY(bool live, co_await linked_anywhere(std::move(partitions), ref.locator));
  if (!live) CO_TRY_OK(co_await free_pieces(ref));
  auto op = std::make_shared<librados::ObjectWriteOperation>();
  op->omap_rm_keys({key});
  if (int e = co_await write(parts_.rows, partition, op); e < 0 && e != -ENOENT)
    co_return error_of_code(e, "a garbage row");
  co_return !live && code == 0;
}

}  // namespace coffer::store::rados
