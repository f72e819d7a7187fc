#pragma once
// Outbox is what becomes of the rows that changes leave for the log: key "o/<event id>", value the encoded event.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/task.h"
#include "store/meta_store.h"

namespace coffer::audit {

constexpr std::string_view kOutboxPrefix = "o/";

class Outbox : public std::enable_shared_from_this<Outbox> {
 public:
  Outbox(store::MetaStore& meta, int64_t drain_ms) : meta_(meta), drain_ms_(drain_ms) {}

  // remove_later removes a row whose event is in the log: alone or with others, `drain_ms` from now at the latest. It answers at once;
  // what it starts runs on the caller's executor.
  Task<Unit> remove_later(store::Partition in, std::string key);
  // remove answers when the rows are gone. Rows that cannot be removed now stay for recover.
  Task<Status> remove(store::Partition in, std::vector<std::string> keys);
  // close lets removals that are still to come do nothing: the store may be gone by then.
  void close() { closed_.store(true); }

 private:
  static Task<Unit> remove_gathered(std::shared_ptr<Outbox> self, store::Partition in);

  store::MetaStore& meta_;
  const int64_t drain_ms_;
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  std::map<store::Partition, std::vector<std::string>> gathered_;  // a partition is in it while a removal is to come
};

}  // namespace coffer::audit
