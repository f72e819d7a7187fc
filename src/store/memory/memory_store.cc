#include "base/encoding.h"
#include "store/memory/memory_blobs.h"
#include "store/memory/memory_meta.h"
#include "store/store.h"

namespace coffer::store {

namespace {
class MemoryStore : public Store {
 public:
  MemoryStore(Clock& clock, Random& random)
      : id_(hex(random.bytes(8))), blobs_(clock), meta_(blobs_) {}
  MetaStore& meta() override { return meta_; }
  BlobStore& blobs() override { return blobs_; }
  Task<Status> reset() override {
    meta_.clear();
    blobs_.clear();
    co_return ok_status();
  }
  const std::string& store_id() const override { return id_; }
  void on_fatal(std::function<void(std::string)>) override {}

 private:
  std::string id_;
  MemoryBlobs blobs_;
  MemoryMeta meta_;
};
}  // namespace

std::unique_ptr<Store> make_memory(Clock& clock, Random& random) {
  return std::make_unique<MemoryStore>(clock, random);
}

}  // namespace coffer::store
