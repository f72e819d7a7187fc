#include "base/task.h"

#include <mutex>
#include <vector>

namespace coffer {

namespace {
struct Idle {
  std::mutex mutex;
  std::vector<asio::io_context*> loops;
};
Idle& idle() {
  static Idle* const it = new Idle;
  return *it;
}
}  // namespace

WaitLoop::WaitLoop() : loop_(nullptr) {
  std::lock_guard lock(idle().mutex);
  if (idle().loops.empty()) {
    loop_ = new asio::io_context(1);
  } else {
    loop_ = idle().loops.back();
    idle().loops.pop_back();
  }
  loop_->restart();
}

WaitLoop::~WaitLoop() {
  std::lock_guard lock(idle().mutex);
  idle().loops.push_back(loop_);
}

}  // namespace coffer
