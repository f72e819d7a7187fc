#pragma once
// MemoryBlobs is the twin of the segment files: same life of a blob (written, linked, garbage,
// freed), nothing durable.
#include <map>
#include <mutex>

#include "base/clock.h"
#include "store/blob_store.h"
#include "store/meta_store.h"

namespace coffer::store {

class MemoryBlobs : public BlobStore {
 public:
  explicit MemoryBlobs(Clock& clock) : clock_(clock) {}

  Task<Result<std::unique_ptr<BlobWriter>>> create(std::string place,
                                                   std::optional<uint64_t> bytes_hint) override;
  void give_up(const BlobRef& ref) override;
  Task<Result<SealedBytes>> read(BlobRef ref, uint64_t offset, size_t size) override;
  std::optional<Result<SealedBytes>> try_read(const BlobRef& ref, uint64_t offset,
                                              size_t size) override;
  std::shared_ptr<void> pin(const BlobRef& ref) override;
  bool accepts_bodies(const std::string& place) const override;
  Task<Result<std::vector<BlobRef>>> all(std::string place) override;
  Task<Result<size_t>> reap(int64_t now_ms, size_t max) override;
  std::shared_ptr<void> pause_reaping() override;

  // may_link tells whether every blob that `batch` links is still there; account notes what the
  // batch did, once it is applied.
  bool may_link(const Batch& batch) const;
  void account(const Batch& batch);
  void clear();
  Result<BlobRef> keep(std::string place, Bytes bytes);

 private:
  enum class State : uint8_t { kUnlinked, kLive, kGarbage };
  struct Blob {
    std::string place;
    std::shared_ptr<const Bytes> bytes;
    State state = State::kUnlinked;
    int64_t due_ms = 0;
  };
  // Pins outlive a store that is gone.
  struct Pins {
    std::mutex mutex;
    std::map<uint64_t, size_t> count;
    size_t pauses = 0;
  };
  Clock& clock_;
  mutable std::mutex mutex_;
  uint64_t next_ = 1;
  std::map<uint64_t, Blob> blobs_;
  std::shared_ptr<Pins> pins_ = std::make_shared<Pins>();
};

}  // namespace coffer::store
