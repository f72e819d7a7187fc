// The sweep: every object of every place is asked once since the store was opened who links it.
// What nobody does, and this process did not write, a former gateway left behind when it died; it
// is shut out by now, so no commit of its can come late.
#include "base/encoding.h"
#include "base/log.h"
#include "store/rados/object_blobs.h"

namespace coffer::store::rados {

constexpr size_t kListedMax = 1000;    // of one listing
constexpr size_t kJudgedMax = 10'000;  // of one call

struct ObjectBlobs::Sweep {
  std::vector<std::string> places;           // still to sweep, the last is under work
  std::optional<librados::ObjectCursor> at;  // where its next listing begins
  std::vector<std::string> names;            // listed, not judged yet
};

namespace {
struct Listed {
  std::vector<std::string> names;
  librados::ObjectCursor next;
};

Result<Listed> list_some(IoCtx io, librados::ObjectCursor from) {
  std::vector<librados::ObjectItem> items;
  Listed out;
  const int code = io.object_list(from, io.object_list_end(), kListedMax, {}, &items, &out.next);
  if (code < 0) return error_of_code(code, "a sweep's listing");
  for (auto& item : items) out.names.push_back(std::move(item.oid));
  return out;
}
}  // namespace

// sweep_object answers whether it freed a blob. Each piece is judged by itself: without the first
// nothing can link the blob any more.
Task<Result<bool>> ObjectBlobs::sweep_object(std::string place, std::string name) {
  const auto piece = blob_of_piece(name);
  if (!piece) co_return false;
  BlobRef ref{place, encode_locator(piece->first), 0};
  {
    std::lock_guard lock(mutex_);
    if (apart_.contains(ref.locator)) co_return false;
  }
  auto claimed = claim(ref);
  if (!claimed) co_return false;
  CO_TRY(auto partitions, co_await linkers(ref));
  if (!partitions) co_return false;
  CO_TRY(bool known,
         co_await known_to(std::move(*partitions), ref.locator, Asked::kLinksAndGarbage));
  if (known) co_return false;
  CO_TRY_OK(co_await free_pieces(ref));
  if (piece->second > 0) {
    const int code = co_await remove(parts_.places.at(place), name);
    if (code < 0 && code != -ENOENT) co_return error_of_code(code, "a sweep");
    co_return false;
  }
  log::info("rados.swept", {{"blob", hex(piece->first.view())}, {"place", place}});
  co_return true;
}

Task<Result<size_t>> ObjectBlobs::sweep(size_t max) {
  {
    std::lock_guard lock(holds_->mutex);
    if (holds_->pauses > 0) co_return size_t{0};
  }
  if (!sweep_) {
    sweep_ = std::make_shared<Sweep>();
    for (const auto& [place, _] : parts_.places) sweep_->places.push_back(place);
  }
  size_t freed = 0;
  for (size_t judged = 0; judged < kJudgedMax && freed < max && !sweep_->places.empty();) {
    const std::string place = sweep_->places.back();
    if (!sweep_->names.empty()) {
      ++judged;
      CO_TRY(bool one, co_await sweep_object(place, sweep_->names.back()));
      freed += one;
      sweep_->names.pop_back();
      continue;
    }
    IoCtx io = parts_.places.at(place);
    if (!sweep_->at) sweep_->at = io.object_list_begin();
    if (io.object_list_is_end(*sweep_->at)) {
      sweep_->places.pop_back();
      sweep_->at.reset();
      continue;
    }
    auto list = [io, from = *sweep_->at] { return list_some(io, from); };
    CO_TRY(auto listed, co_await offload(parts_.pool, std::move(list)));
    sweep_->names = std::move(listed.names);
    sweep_->at = listed.next;
  }
  co_return freed;
}

}  // namespace coffer::store::rados
