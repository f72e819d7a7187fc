#pragma once
// run_task runs a task to its end, on a loop that is kept afterwards: the thread that completed the
// task may still be inside its post() when the task ends, so a loop that went with the task would
// be used after its end. Unlike sync_wait it also serves values that have no default, such as
// Result.
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace coffer {

// TestLoops lends loops, one to a thread at a time, and keeps them until the process ends.
class TestLoops {
 public:
  static TestLoops& process() {
    static TestLoops& loops = *new TestLoops;
    return loops;
  }
  asio::io_context& take() {
    std::lock_guard lock(mutex_);
    if (free_.empty()) {
      all_.push_back(std::make_unique<asio::io_context>());
      return *all_.back();
    }
    asio::io_context& loop = *free_.back();
    free_.pop_back();
    return loop;
  }
  void give_back(asio::io_context& loop) {
    std::lock_guard lock(mutex_);
    free_.push_back(&loop);
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<asio::io_context>> all_;
  std::vector<asio::io_context*> free_;
};

template <class T>
Task<Unit> keep_value(Task<T> task, std::optional<T>* out) {
  out->emplace(co_await std::move(task));
  co_return Unit{};
}

template <class T>
T run_task(Task<T> task) {
  asio::io_context& loop = TestLoops::process().take();
  std::optional<T> out;
  std::exception_ptr error;
  asio::co_spawn(loop, keep_value(std::move(task), &out),
                 [&](std::exception_ptr e, Unit) { error = e; });
  loop.restart();
  loop.run();
  TestLoops::process().give_back(loop);
  if (error) std::rethrow_exception(error);
  return std::move(*out);
}

}  // namespace coffer
