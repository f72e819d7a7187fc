#include "base/turns.h"

namespace coffer {

void Turns::enter(const std::string& name, Resume resume) {
  {
    std::lock_guard lock(mutex_);
    auto [line, free] = waiting_.try_emplace(name);
    if (!free) {
      line->second.push_back(std::move(resume));
      return;
    }
  }
  resume();
}

void Turns::pass_on(const std::string& name) {
  Resume next;
  {
    std::lock_guard lock(mutex_);
    auto line = waiting_.find(name);
    if (line->second.empty()) {
      waiting_.erase(line);
      return;
    }
    next = std::move(line->second.front());
    line->second.pop_front();
  }
  next();
}

Task<Turns::Turn> Turns::take(std::string name) {
  auto token = asio::use_awaitable;
  co_await asio::async_initiate<decltype(token), void()>(
      [this, &name](auto handler) {
        auto executor = asio::get_associated_executor(handler);
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        enter(name,
              [executor, shared] { asio::post(executor, [shared] { std::move (*shared)(); }); });
      },
      token);
  co_return Turn(*this, std::move(name));
}

}  // namespace coffer
