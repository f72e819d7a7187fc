#include <atomic>
#include <deque>
#include <thread>

#include "base/log.h"
#include "net/server.h"

namespace coffer::net {

struct Loops::Impl {
  struct Loop {
    asio::io_context context{1};  // one thread runs it
    asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
    std::thread thread;
  };
  std::deque<Loop> loops;
  std::atomic<size_t> turn{0};
};

namespace {

// run keeps a loop going: an exception that reaches it ends the work it came from, not the server.
void run(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& e) {
      log::error("loop.exception", {{"what", e.what()}});
    }
  }
}

}  // namespace

Loops::Loops(unsigned count) : impl_(std::make_unique<Impl>()) {
  CHECK(count > 0);
  for (unsigned i = 0; i < count; ++i) impl_->loops.emplace_back();
}

Loops::~Loops() { stop(); }

void Loops::start() {
  for (Impl::Loop& loop : impl_->loops) {
    if (!loop.thread.joinable()) loop.thread = std::thread([&loop] { run(loop.context); });
  }
}

void Loops::stop() {
  for (Impl::Loop& loop : impl_->loops) loop.context.stop();
  for (Impl::Loop& loop : impl_->loops) {
    if (loop.thread.joinable()) loop.thread.join();
  }
}

asio::io_context& Loops::at(size_t i) { return impl_->loops[i].context; }

size_t Loops::size() const { return impl_->loops.size(); }

asio::io_context& Loops::next() {
  return at(impl_->turn.fetch_add(1, std::memory_order_relaxed) % size());
}

}  // namespace coffer::net
