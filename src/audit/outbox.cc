#include "audit/outbox.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/log.h"

namespace coffer::audit {
namespace {

constexpr int kTriesMax = 5;
constexpr size_t kRowsMax = 1000;

bool may_succeed(store::Commit outcome) {
  using enum store::Commit;
  return outcome == kConflict || outcome == kBusy || outcome == kUnknown;  // a removal may be repeated
}

}  // namespace

Task<Unit> Outbox::remove_later(store::Partition in, std::string key) {
  {
    std::lock_guard lock(mutex_);
    auto [keys, first] = gathered_.try_emplace(in);
    keys->second.push_back(std::move(key));
    if (!first) co_return Unit{};
  }
  asio::co_spawn(co_await asio::this_coro::executor, remove_gathered(shared_from_this(), std::move(in)), asio::detached);
  co_return Unit{};
}

Task<Unit> Outbox::remove_gathered(std::shared_ptr<Outbox> self, store::Partition in) {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(self->drain_ms_));
  co_await timer.async_wait(asio::use_awaitable);
  std::vector<std::string> keys;
  {
    std::lock_guard lock(self->mutex_);
    auto gathered = self->gathered_.extract(in);
    keys = std::move(gathered.mapped());
  }
  if (self->closed_.load()) co_return Unit{};
  if (auto removed = co_await self->remove(std::move(in), std::move(keys)); !removed.ok())
    log::warn("audit_outbox_not_removed", {{"error", removed.error().message}});
  co_return Unit{};
}

Task<Status> Outbox::remove(store::Partition in, std::vector<std::string> keys) {
  for (size_t from = 0; from < keys.size(); from += kRowsMax) {
    const size_t to = std::min(keys.size(), from + kRowsMax);
    store::Batch batch{.in = in};
    batch.deletes.assign(keys.begin() + static_cast<ptrdiff_t>(from), keys.begin() + static_cast<ptrdiff_t>(to));
    store::Commit outcome = store::Commit::kBusy;
    for (int tries = 0; tries < kTriesMax && may_succeed(outcome); ++tries) outcome = co_await meta_.commit(batch);
    if (outcome != store::Commit::kDone) co_return store::error_of(outcome);
  }
  co_return ok_status();
}

}  // namespace coffer::audit
