#pragma once
// Fatal is the end of a store: after a failed sync nothing on disk is certain, so every call from
// then on stays unanswered and the owner's callback ends the process.
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/embedded/resume.h"

namespace coffer::store::embedded {

class Fatal {
 public:
  void on_fatal(std::function<void(std::string)> fn);
  bool dead() const { return dead_.load(std::memory_order_acquire); }
  // raise takes effect once. Without a callback it ends the process itself.
  void raise(std::string what);
  // park suspends for good where the store is dead; otherwise it answers at once.
  Task<Unit> park();
  // bury keeps a caller that will not be answered, until the store goes.
  template <class T>
  void bury(T pending) {
    std::lock_guard lock(mutex_);
    graves_.push_back(std::make_shared<T>(std::move(pending)));
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> dead_{false};
  std::function<void(std::string)> fn_;
  std::vector<std::shared_ptr<void>> graves_;
};

}  // namespace coffer::store::embedded
