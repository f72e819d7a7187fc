#pragma once
// ObjectBlobs is the BlobStore over RADOS objects: a blob is pieces of 4 MiB, and the first piece's
// omap names the partitions that ever linked it, so that the reaper can ask each of them.
#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "base/clock.h"
#include "base/random.h"
#include "store/blob_store.h"
#include "store/rados/aio.h"
#include "store/rados/rados_keys.h"

namespace coffer::store::rados {

constexpr uint64_t kPieceBytes = 4 << 20;

class ObjectBlobs : public BlobStore {
 public:
  struct Parts {
    IoCtx rows;
    std::map<std::string, IoCtx> places;
    Random& random;
    WorkPool& pool;
  };
  explicit ObjectBlobs(Parts parts) : parts_(std::move(parts)) {}

  Task<Result<std::unique_ptr<BlobWriter>>> create(std::string place,
                                                   std::optional<uint64_t> bytes_hint) override;
  void give_up(const BlobRef& ref) override;
  Task<Result<SealedBytes>> read(BlobRef ref, uint64_t offset, size_t size) override;
  std::optional<Result<SealedBytes>> try_read(const BlobRef&, uint64_t, size_t) override {
    return std::nullopt;
  }
  std::shared_ptr<void> pin(const BlobRef& ref) override;
  bool accepts_bodies(const std::string& place) const override;
  Task<Result<std::vector<BlobRef>>> all(std::string place) override;
  Task<Result<size_t>> reap(int64_t now_ms, size_t max) override;
  std::shared_ptr<void> pause_reaping() override;

  // hold keeps the reaper from the blobs while a commit links them; null where one was given up.
  std::shared_ptr<void> hold(const std::vector<BlobRef>& refs);
  // pre_link notes in the blob that `in` may link it; kUnavailable where it is gone.
  Task<Commit> pre_link(BlobRef ref, Partition in);
  void linked(const std::vector<BlobRef>& refs);
  // perhaps_linked: after kUnknown a blob is left alone for a day, then its links are asked.
  void perhaps_linked(const std::vector<BlobRef>& refs);
  void has_garbage(const Partition& p);
  void begun(const BlobRef& ref);
  void finished(const BlobRef& ref);   // it may be given up until it is linked
  void abandoned(const BlobRef& ref);  // it was never finished
  void failed() { unsure_ = true; }    // a write may be applied late
  bool unsure() const { return unsure_; }
  void set_room(bool room) { room_ = room; }
  void forget();  // after a reset

 private:
  // Holds outlive the store: handles are the callers'.
  struct Holds {
    std::mutex mutex;
    std::map<std::string, size_t> pins;  // by locator
    size_t pauses = 0;
  };
  // Apart are this process's blobs that no commit certainly linked.
  struct Apart {
    enum class State : uint8_t { kWriting, kUnlinked, kPerhapsLinked, kGivenUp };
    BlobRef ref;
    State state = State::kWriting;
    int64_t since_ms = 0;  // of the first reap that met it; 0: none yet
  };
  std::shared_ptr<void> pin_all(std::vector<std::string> locators);
  // claim keeps commits from linking the blob while it lives; null where one is under way, or a
  // reader or a backup holds it.
  std::shared_ptr<void> claim(const BlobRef& ref);
  Task<Status> free_apart(int64_t now_ms);
  // sweep looks on among all objects for what former gateways left behind.
  Task<Result<size_t>> sweep(size_t max);
  Task<Result<bool>> sweep_object(std::string place, std::string name);
  Task<Result<std::optional<std::set<std::string>>>> linkers(BlobRef ref);
  Task<Result<size_t>> reap_partition(std::string name, int64_t now_ms, size_t max);
  Task<Result<bool>> free_garbage(std::string partition, std::string key, BlobRef ref);
  enum class Asked : uint8_t { kLinks, kLinksAndGarbage };
  Task<Result<bool>> known_to(std::set<std::string> partitions, std::string locator, Asked asked);
  Task<Status> free_pieces(BlobRef ref);
  Parts parts_;
  std::atomic<bool> room_{true};
  std::mutex mutex_;
  std::map<std::string, Apart> apart_;  // by locator
  std::atomic<bool> unsure_{false};
  std::set<std::string> reaping_;
  std::set<std::string> garbage_in_;  // partitions that may hold garbage rows
  bool listed_ = false;               // every partition was asked once since the store was opened
  // How far the sweep is: what lies beyond is swept once since the store was opened.
  struct Sweep;
  std::shared_ptr<Sweep> sweep_;
  std::shared_ptr<Holds> holds_ = std::make_shared<Holds>();
};

std::string piece_name(const Id128& blob, uint64_t piece);
// blob_of_piece is the inverse; nullopt: no piece has such a name.
std::optional<std::pair<Id128, uint64_t>> blob_of_piece(std::string_view name);
// list_objects answers the names that begin with `prefix`, in byte order. It blocks.
Result<std::vector<std::string>> list_objects(IoCtx& io, const std::string& prefix);

}  // namespace coffer::store::rados
