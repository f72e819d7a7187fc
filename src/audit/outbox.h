#pragma once
// Outbox is what becomes of the rows that changes leave for the log: key "o/<event id>", value the
// encoded event.
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "audit/log_writer.h"
#include "base/task.h"
#include "store/meta_store.h"

namespace coffer::audit {

constexpr std::string_view kOutboxPrefix = "o/";

class Outbox : public std::enable_shared_from_this<Outbox> {
 public:
  Outbox(store::MetaStore& meta, const LogWriter& log, int64_t drain_ms)
      : meta_(meta), log_(log), drain_ms_(drain_ms) {}

  // remove_later removes a row whose event is in the log: alone or with others, once the log has
  // synced them. Where it cannot the rows stay for recover. It answers at once; what it starts runs
  // on the caller's executor.
  Task<Unit> remove_later(store::Partition in, std::string key);
  // remove answers when the rows are gone. Rows that cannot be removed now stay for recover.
  Task<Status> remove(store::Partition in, std::vector<std::string> keys);
  // close lets removals that are still to come do nothing: the log and the store may be gone by
  // then.
  void close();
  // settle answers whether, after `grace` at most, no removal is in the store.
  bool settle(std::chrono::milliseconds grace);

 private:
  // Removal is one that is in the store.
  class Removal;
  struct Gathered {
    std::vector<std::string> keys;
    uint64_t position = 0;  // of the log: all their events are before it
  };
  static Task<Unit> remove_gathered(std::shared_ptr<Outbox> self, store::Partition in);
  std::optional<Gathered> take(const store::Partition& in);
  enum class Look : unsigned char { kSynced, kNotYet, kNever };
  Look look(uint64_t position);  // kSynced counts a removal, which a Removal takes over

  store::MetaStore& meta_;
  const LogWriter& log_;
  const int64_t drain_ms_;
  std::mutex mutex_;
  std::condition_variable settled_;
  bool closed_ = false;
  size_t removals_ = 0;  // in the store
  std::map<store::Partition, std::vector<std::string>>
      gathered_;  // a partition is in it while a removal is to come
};

}  // namespace coffer::audit
