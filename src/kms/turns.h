#pragma once
// Turns lets coroutines that change the same record go one after the other, without holding a lock
// while they wait. Names share a bounded number of queues, so a coroutine takes one turn at a time
// and never a second within it.
//
// Writers counts the commits under way, so that the closing of an epoch can wait for those that
// sealed before it began.
#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/task.h"

namespace coffer::kms {

class Turns {
  struct Queue {
    std::mutex mutex;
    bool taken = false;
    std::deque<std::function<void()>> waiting;
  };

 public:
  // Turn ends when destroyed: the next in the queue goes on, on its own executor.
  class Turn {
   public:
    explicit Turn(Queue* queue) : queue_(queue) {}
    Turn(Turn&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (queue_ != nullptr) end(*queue_);
    }

   private:
    Queue* queue_;
  };

  Task<Turn> take(std::string_view name) {
    Queue& queue = queues_[std::hash<std::string_view>{}(name) % queues_.size()];
    return take_from(queue);
  }

 private:
  static Task<Turn> take_from(Queue& queue) {
    auto token = asio::use_awaitable;
    co_await asio::async_initiate<decltype(token), void()>(
        [&queue](auto handler) {
          auto executor = asio::get_associated_executor(handler);
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          auto go = [shared, executor] {
            asio::post(executor, [shared] { std::move (*shared)(); });
          };
          {
            std::lock_guard lock(queue.mutex);
            if (queue.taken) {
              queue.waiting.emplace_back(std::move(go));
              return;
            }
            queue.taken = true;
          }
          go();
        },
        token);
    co_return Turn(&queue);
  }
  static void end(Queue& queue) {
    std::function<void()> next;
    {
      std::lock_guard lock(queue.mutex);
      if (queue.waiting.empty()) {
        queue.taken = false;
        return;
      }
      next = std::move(queue.waiting.front());
      queue.waiting.pop_front();
    }
    next();
  }

  std::array<Queue, 64> queues_;
};

class Writers {
 public:
  class Guard {
   public:
    explicit Guard(Writers& of) : of_(&of) {
      std::lock_guard lock(of_->mutex_);
      phase_ = of_->phase_;
      ++of_->under_way_[phase_];
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() {
      std::lock_guard lock(of_->mutex_);
      --of_->under_way_[phase_];
    }

   private:
    Writers* of_;
    size_t phase_ = 0;
  };

  // turn_over begins another phase; earlier() is the number of writers that began before it.
  void turn_over() {
    std::lock_guard lock(mutex_);
    phase_ ^= 1;
  }
  size_t earlier() {
    std::lock_guard lock(mutex_);
    return under_way_[phase_ ^ 1];
  }

 private:
  std::mutex mutex_;
  size_t phase_ = 0;
  std::array<size_t, 2> under_way_{};
};

}  // namespace coffer::kms
