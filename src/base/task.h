#pragma once
// Task is a coroutine that may wait: for the store, for a body, for a timer. What only computes is
// a plain function. Rules: coroutine parameters by value (or references that the caller keeps until
// the end); no lock across co_await; no capturing lambda as a coroutine. A Task resumes on the
// executor that asked.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>

namespace coffer {

namespace asio = boost::asio;

template <class T>
using Task = asio::awaitable<T>;

// WaitLoop lends an event loop. Loops are used again and never destroyed: a pool's thread may still
// be leaving one that it posted to.
class WaitLoop {
 public:
  WaitLoop();
  ~WaitLoop();
  WaitLoop(const WaitLoop&) = delete;
  asio::io_context& context() { return *loop_; }

 private:
  asio::io_context* loop_;
};

// sync_wait runs `task` on an event loop of its own until it ends. For tests and for subcommands;
// never on a server's loop.
template <class T>
T sync_wait(Task<T> task) {
  WaitLoop loop;
  std::optional<T> value;
  std::exception_ptr error;
  auto keep = [](Task<T> from, std::optional<T>& into) -> Task<void> {
    into.emplace(co_await std::move(from));
  };
  asio::co_spawn(loop.context(), keep(std::move(task), value),
                 [&](std::exception_ptr e) { error = e; });
  loop.context().run();
  if (error) std::rethrow_exception(error);
  return std::move(*value);
}

// WorkPool is the bounded pool for what may not run on an event loop (store.md section 4): files,
// RSA, password hashing, large documents. offload(pool, fn) runs `fn()` there and resumes on the
// asking executor.
using WorkPool = asio::thread_pool;

template <class Fn>
Task<std::invoke_result_t<Fn>> offload(WorkPool& pool, Fn fn) {
  using R = std::invoke_result_t<Fn>;
  struct Outcome {
    std::optional<R> value;
    std::exception_ptr error;
  };
  auto token = asio::use_awaitable;
  Outcome outcome = co_await asio::async_initiate<decltype(token), void(Outcome)>(
      [&pool](auto handler, Fn work) {
        auto executor = asio::get_associated_executor(handler);
        asio::post(pool, [handler = std::move(handler), work = std::move(work),
                          executor]() mutable {
          Outcome done;
          try {
            done.value.emplace(work());
          } catch (...) {
            done.error = std::current_exception();
          }
          asio::post(executor, [handler = std::move(handler), done = std::move(done)]() mutable {
            std::move(handler)(std::move(done));
          });
        });
      },
      token, std::move(fn));
  if (outcome.error) std::rethrow_exception(outcome.error);
  co_return std::move(*outcome.value);
}

}  // namespace coffer
