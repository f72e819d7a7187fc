#pragma once
// OmapMeta is the MetaStore over omap: a partition is one object. Guarded writes of one object do
// not pipeline, so each partition has a queue, and what waits in it goes out as one guarded
// operation; where that is refused, its members go out one by one.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "store/embedded/fatal.h"
#include "store/lease_keeper.h"
#include "store/rados/aio.h"
#include "store/rados/object_blobs.h"
#include "store/rados/rados_keys.h"
#include "store/watch_hub.h"

namespace coffer::store::rados {

class OmapMeta : public MetaStore {
 public:
  struct Parts {
    IoCtx io;
    embedded::Fatal& fatal;
    ObjectBlobs& blobs;
    Clock& clock;
    WorkPool& pool;
    uint64_t writer = 0;
  };
  explicit OmapMeta(Parts parts) : parts_(std::move(parts)), leases_(*this) {}
  ~OmapMeta() override;  // waits for what is under way

  std::optional<Result<std::optional<Bytes>>> try_get(const Partition&, std::string_view) override {
    return std::nullopt;
  }
  Task<Result<std::optional<Bytes>>> get(Partition p, std::string key) override;
  std::optional<Result<std::optional<SealedBytes>>> try_get_body(const Partition&,
                                                                 std::string_view) override {
    return std::nullopt;
  }
  Task<Result<std::optional<SealedBytes>>> get_body(Partition p, std::string key) override;
  // A page is one operation, so it has at most 1,024 rows (of bodies 64), whatever was asked for.
  Task<Result<Page>> scan(Partition p, Range range, ScanMax max) override;
  Task<Result<Page>> scan_bodies(Partition p, Range range, ScanMax max) override;
  Task<Result<int64_t>> sum(Partition p, std::string counter) override;
  Task<Result<std::vector<std::pair<std::string, int64_t>>>> counters(Partition p,
                                                                      std::string prefix) override;
  Task<Commit> commit(Batch batch) override;
  Task<Status> drop(Partition p) override;
  Task<Result<std::vector<Partition>>> partitions(std::string prefix) override;
  Task<Result<std::optional<Lease>>> lease(std::string name, int64_t ttl_ms) override {
    return leases_.lease(std::move(name), ttl_ms);
  }
  Task<Result<std::optional<Lease>>> renew(Lease lease, int64_t ttl_ms) override {
    return leases_.renew(std::move(lease), ttl_ms);
  }
  Task<Status> release(Lease lease) override { return leases_.release(std::move(lease)); }
  std::unique_ptr<Subscription> watch(std::string partition_prefix, ChangeFn fn) override {
    return hub_.add(std::move(partition_prefix), std::move(fn));
  }
  void forget();  // after a reset
  // unsure: an operation ended without an answer, and may be applied late.
  bool unsure() const { return unsure_; }

 private:
  struct Work {
    Batch batch;
    size_t bytes = 0;
    bool alone = false;  // it was in an operation that was refused
    embedded::ResumePtr<Commit> resume;
  };
  using Counts = std::map<std::string, int64_t>;  // by omap key, this writer's own
  struct Queue {
    std::string name;
    std::mutex mutex;
    std::deque<std::unique_ptr<Work>> waiting;
    bool busy = false;
    bool forget = false;  // `known` is stale
    Counts known;
  };
  using QueuePtr = std::shared_ptr<Queue>;
  struct Group {
    std::vector<std::unique_ptr<Work>> works;
    Counts counts;  // as they are once the group is applied
  };
  using GroupPtr = std::shared_ptr<Group>;
  QueuePtr queue_of(const Partition& p);
  Task<Commit> submit(Batch batch, size_t bytes);
  void pump(QueuePtr queue);
  static GroupPtr take_group(Queue& queue);
  // count adds up the group's counters, after a read of those that this process does not know.
  void count(QueuePtr queue, GroupPtr group);
  void send(QueuePtr queue, GroupPtr group);
  void fill(const Group& group, librados::ObjectWriteOperation& op) const;
  void finish(QueuePtr queue, GroupPtr group, int code);
  void answer(Queue& queue, Group& group, Commit outcome);
  void leave();
  Task<Result<std::optional<Bytes>>> get_from(Kind kind, Partition p, std::string key);
  Task<Result<Page>> scan_kind(Kind kind, Partition p, Range range, ScanMax max);

  Parts parts_;
  LeaseKeeper leases_;
  WatchHub hub_;
  std::mutex mutex_;
  std::condition_variable idle_;
  size_t under_way_ = 0;
  std::atomic<size_t> queued_bytes_{0};
  std::atomic<bool> unsure_{false};
  std::map<std::string, QueuePtr> queues_;
};

}  // namespace coffer::store::rados
