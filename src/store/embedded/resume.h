#pragma once
// suspend parks the running coroutine until another thread calls its Resume once, which posts to
// the executor that asked.
#include <memory>
#include <utility>

#include "base/task.h"

namespace coffer::store::embedded {

template <class T>
class Resume {
 public:
  virtual ~Resume() = default;
  virtual void with(T value) = 0;
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

 private:
  asio::associated_executor_t<Handler> executor_;
  Handler handler_;
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
