#include "store/embedded/fatal.h"

#include <cstdlib>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace coffer::store::embedded {

void Fatal::on_fatal(std::function<void(std::string)> fn) {
  std::lock_guard lock(mutex_);
  fn_ = std::move(fn);
}

void Fatal::raise(std::string what) {
  if (dead_.exchange(true)) return;
  log::error("store.fatal", {{"what", what}});
  std::function<void(std::string)> fn;
  {
    std::lock_guard lock(mutex_);
    fn = fn_;
  }
  if (!fn) std::_Exit(EXIT_FAILURE);
  fn(std::move(what));
}

void Fatal::bury_any(std::shared_ptr<void> pending) {
  static auto& mutex = *new std::mutex;
  static auto& graves = *new std::vector<std::shared_ptr<void>>;
  std::lock_guard lock(mutex);
  graves.push_back(std::move(pending));
}

Task<Unit> Fatal::park() {
  if (dead()) co_await suspend<Unit>([this](ResumePtr<Unit> resume) { bury(std::move(resume)); });
  co_return Unit{};
}

}  // namespace coffer::store::embedded
