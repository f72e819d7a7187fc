#include "store/memory/memory_blobs.h"

#include "base/fault.h"

namespace coffer::store {

constexpr size_t kPieceMax = 4 << 20;
constexpr uint8_t kLocatorVersion = 0x6d;

static Bytes locator_of(uint64_t id) { return Writer().u8(kLocatorVersion).u64(id).take(); }

static uint64_t id_of(const BlobRef& ref) {
  Reader r(ref.locator);
  uint8_t version = r.u8();
  uint64_t id = r.u64();
  return r.done() && version == kLocatorVersion ? id : 0;
}

namespace {
class MemoryWriter : public BlobWriter {
 public:
  MemoryWriter(MemoryBlobs& blobs, std::string place) : blobs_(blobs), place_(std::move(place)) {}
  Task<Status> append(SealedBytes piece) override {
    CHECK(!finished_ && piece.size() <= kPieceMax);
    if (fault::failed("segment.write")) co_return internal_error("a blob's write failed");
    bytes_.append(piece.view());
    co_return ok_status();
  }
  Task<Result<BlobRef>> finish() override {
    CHECK(!finished_);
    finished_ = true;
    co_return blobs_.keep(place_, std::move(bytes_));
  }

 private:
  MemoryBlobs& blobs_;
  std::string place_;
  Bytes bytes_;
  bool finished_ = false;
};
}  // namespace

Task<Result<std::unique_ptr<BlobWriter>>> MemoryBlobs::create(std::string place,
                                                              std::optional<uint64_t>) {
  if (!accepts_bodies(place)) co_return error_of(Commit::kFull);
  co_return std::unique_ptr<BlobWriter>(std::make_unique<MemoryWriter>(*this, std::move(place)));
}

Result<BlobRef> MemoryBlobs::keep(std::string place, Bytes bytes) {
  std::lock_guard lock(mutex_);
  uint64_t id = next_++;
  BlobRef ref{place, locator_of(id), bytes.size()};
  blobs_[id] = {std::move(place), std::make_shared<const Bytes>(std::move(bytes))};
  return ref;
}

void MemoryBlobs::give_up(const BlobRef& ref) {
  std::lock_guard lock(mutex_);
  auto i = blobs_.find(id_of(ref));
  if (i != blobs_.end() && i->second.state == State::kUnlinked) blobs_.erase(i);
}

std::optional<Result<SealedBytes>> MemoryBlobs::try_read(const BlobRef& ref, uint64_t offset,
                                                         size_t size) {
  CHECK(size <= kPieceMax);
  std::shared_ptr<const Bytes> bytes;
  {
    std::lock_guard lock(mutex_);
    auto i = blobs_.find(id_of(ref));
    if (i != blobs_.end() && i->second.place == ref.place) bytes = i->second.bytes;
  }
  if (!bytes || bytes->size() != ref.bytes)
    return Result<SealedBytes>(internal_error("a blob is missing"));
  if (offset > bytes->size() || size > bytes->size() - offset)
    return Result<SealedBytes>(internal_error("a blob was read beyond its end"));
  return Result<SealedBytes>(BlobAccess::make(bytes->substr(offset, size)));
}

Task<Result<SealedBytes>> MemoryBlobs::read(BlobRef ref, uint64_t offset, size_t size) {
  co_return std::move(*try_read(ref, offset, size));
}

std::shared_ptr<void> MemoryBlobs::pin(const BlobRef& ref) {
  uint64_t id = id_of(ref);
  std::lock_guard lock(pins_->mutex);
  ++pins_->count[id];
  return std::shared_ptr<void>(nullptr, [pins = pins_, id](void*) {
    std::lock_guard unpin(pins->mutex);
    if (--pins->count[id] == 0) pins->count.erase(id);
  });
}

std::shared_ptr<void> MemoryBlobs::pause_reaping() {
  std::lock_guard lock(pins_->mutex);
  ++pins_->pauses;
  return std::shared_ptr<void>(nullptr, [pins = pins_](void*) {
    std::lock_guard resume(pins->mutex);
    --pins->pauses;
  });
}

bool MemoryBlobs::accepts_bodies(const std::string&) const { return !fault::failed("disk.full"); }

Task<Result<std::vector<BlobRef>>> MemoryBlobs::all(std::string place) {
  std::vector<BlobRef> out;
  std::lock_guard lock(mutex_);
  for (const auto& [id, blob] : blobs_)
    if (blob.place == place) out.push_back({place, locator_of(id), blob.bytes->size()});
  co_return out;
}

Task<Result<size_t>> MemoryBlobs::reap(int64_t now_ms, size_t max) {
  size_t freed = 0;
  std::scoped_lock lock(mutex_, pins_->mutex);
  if (pins_->pauses > 0) co_return freed;
  for (auto i = blobs_.begin(); i != blobs_.end() && freed < max;) {
    const Blob& blob = i->second;
    bool due = blob.state == State::kGarbage && blob.due_ms <= now_ms;
    if (due && !pins_->count.contains(i->first)) {
      i = blobs_.erase(i);
      ++freed;
    } else {
      ++i;
    }
  }
  co_return freed;
}

bool MemoryBlobs::may_link(const Batch& batch) const {
  std::lock_guard lock(mutex_);
  return std::all_of(batch.links.begin(), batch.links.end(),
                     [&](const BlobRef& ref) { return blobs_.contains(id_of(ref)); });
}

void MemoryBlobs::account(const Batch& batch) {
  std::lock_guard lock(mutex_);
  for (const BlobRef& ref : batch.unlinks)
    if (auto i = blobs_.find(id_of(ref)); i != blobs_.end()) {
      i->second.state = State::kGarbage;
      i->second.due_ms = clock_.wall_ms() + kGarbageDelayMs;
    }
  for (const BlobRef& ref : batch.links)
    if (auto i = blobs_.find(id_of(ref)); i != blobs_.end()) i->second.state = State::kLive;
}

void MemoryBlobs::clear() {
  std::lock_guard lock(mutex_);
  blobs_.clear();
}

}  // namespace coffer::store
