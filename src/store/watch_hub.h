#pragma once
// WatchHub tells watchers of commits. Engines call notify in the order of effects, after durability
// and before the answer.
#include <memory>
#include <mutex>
#include <vector>

#include "store/meta_store.h"

namespace coffer::store {

class WatchHub {
 public:
  std::unique_ptr<Subscription> add(std::string prefix, ChangeFn fn);
  void notify(const Partition& p, const std::vector<std::string>& keys);
  // notify tells the row keys that `batch` put or deleted, where there are any.
  void notify(const Batch& batch);

 private:
  struct Entry;
  class Handle;
  std::mutex mutex_;
  std::vector<std::weak_ptr<Entry>> entries_;
};

}  // namespace coffer::store
