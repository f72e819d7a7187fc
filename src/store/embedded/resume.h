#pragma once
// suspend parks the running coroutine until another thread resumes it once, on the executor that
// asked.
#include <memory>
#include <utility>
#include <vector>

#include "base/task.h"

namespace coffer::store::embedded {

template <class T>
class Resume {
 public:
  virtual ~Resume() = default;
  virtual void with(T value) = 0;  // posts to the executor that asked
  virtual asio::any_io_executor executor() const = 0;
  virtual void now(T value) = 0;  // goes on at once: only on a thread of that executor
};
template <class T>
using ResumePtr = std::unique_ptr<Resume<T>>;

template <class T, class Handler>
class HandlerResume final : public Resume<T> {
 public:
  explicit HandlerResume(Handler handler)
      : executor_(asio::get_associated_executor(handler)), handler_(std::move(handler)) {}
  void with(T value) override {
    asio::post(executor_, [handler = std::move(handler_), value = std::move(value)]() mutable {
      std::move(handler)(std::move(value));
    });
  }
  asio::any_io_executor executor() const override { return executor_; }
  void now(T value) override { std::move(handler_)(std::move(value)); }

 private:
  asio::associated_executor_t<Handler> executor_;
  Handler handler_;
};

// Answers collects what one group of writers is told, and wakes each executor once for all of its
// own: a wake-up for each would cost as much as the answer.
template <class T>
class Answers {
 public:
  void add(ResumePtr<T> resume, T value) {
    asio::any_io_executor executor = resume->executor();
    for (auto& [known, list] : of_executor_)
      if (known == executor) return void(list.emplace_back(std::move(resume), std::move(value)));
    of_executor_.emplace_back(std::move(executor), List{});
    of_executor_.back().second.emplace_back(std::move(resume), std::move(value));
  }
  void send() {
    for (auto& [executor, list] : of_executor_)
      asio::post(executor, [answers = std::move(list)]() mutable {
        for (auto& [resume, value] : answers) resume->now(std::move(value));
      });
    of_executor_.clear();
  }

 private:
  using List = std::vector<std::pair<ResumePtr<T>, T>>;
  std::vector<std::pair<asio::any_io_executor, List>> of_executor_;
};

// `start` takes the ResumePtr<T> and hands it to whoever will call it.
template <class T, class Start>
Task<T> suspend(Start start) {
  auto token = asio::use_awaitable;
  co_return co_await asio::async_initiate<decltype(token), void(T)>(
      [](auto handler, Start begin) {
        using Handler = decltype(handler);
        begin(ResumePtr<T>(std::make_unique<HandlerResume<T, Handler>>(std::move(handler))));
      },
      token, std::move(start));
}

}  // namespace coffer::store::embedded
