#pragma once
// Fatal is the end of a store: after a failed sync nothing on disk is certain, so every call from
// then on stays unanswered and the owner's callback ends the process.
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

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
  // bury keeps a caller that will not be answered, until the process ends: what it holds refers to
  // the store.
  template <class T>
  void bury(T pending) {
    bury_any(std::make_shared<T>(std::move(pending)));
  }

 private:
  static void bury_any(std::shared_ptr<void> pending);
  std::mutex mutex_;
  std::atomic<bool> dead_{false};
  std::function<void(std::string)> fn_;
};

}  // namespace coffer::store::embedded
