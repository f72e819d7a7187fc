#pragma once
// run_task runs a task to its end, on a loop of its own. Unlike sync_wait it serves values that have no default, such as Result.
#include <optional>

#include "base/result.h"
#include "base/task.h"

namespace coffer {

template <class T>
Task<Unit> keep_value(Task<T> task, std::optional<T>* out) {
  out->emplace(co_await std::move(task));
  co_return Unit{};
}

template <class T>
T run_task(Task<T> task) {
  std::optional<T> out;
  sync_wait(keep_value(std::move(task), &out));
  return std::move(*out);
}

}  // namespace coffer
