#include "store/watch_hub.h"

namespace coffer::store {

// The mutex is recursive so that a callback may end its own subscription.
struct WatchHub::Entry {
  std::string prefix;
  std::recursive_mutex mutex;
  ChangeFn fn;
  bool ended = false;
};

class WatchHub::Handle : public Subscription {
 public:
  explicit Handle(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
  ~Handle() override {
    std::lock_guard lock(entry_->mutex);
    entry_->ended = true;
  }

 private:
  std::shared_ptr<Entry> entry_;
};

std::unique_ptr<Subscription> WatchHub::add(std::string prefix, ChangeFn fn) {
  auto entry = std::make_shared<Entry>();
  entry->prefix = std::move(prefix);
  entry->fn = std::move(fn);
  std::lock_guard lock(mutex_);
  std::erase_if(entries_, [](const auto& e) { return e.expired(); });
  entries_.push_back(entry);
  return std::make_unique<Handle>(std::move(entry));
}

void WatchHub::notify(const Partition& p, const std::vector<std::string>& keys) {
  std::vector<std::shared_ptr<Entry>> to_call;
  {
    std::lock_guard lock(mutex_);
    for (const auto& weak : entries_)
      if (auto entry = weak.lock(); entry && p.name.starts_with(entry->prefix))
        to_call.push_back(std::move(entry));
  }
  for (const auto& entry : to_call) {
    std::lock_guard lock(entry->mutex);
    if (!entry->ended) entry->fn(p, keys);
  }
}

void WatchHub::notify(const Batch& batch) {
  if (batch.puts.empty() && batch.deletes.empty()) return;
  {
    std::lock_guard lock(mutex_);
    if (entries_.empty()) return;
  }
  std::vector<std::string> keys;
  keys.reserve(batch.puts.size() + batch.deletes.size());
  for (const Row& row : batch.puts) keys.push_back(row.key);
  keys.insert(keys.end(), batch.deletes.begin(), batch.deletes.end());
  notify(batch.in, keys);
}

}  // namespace coffer::store
