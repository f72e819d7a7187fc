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
  return outcome == kConflict || outcome == kBusy ||
         outcome == kUnknown;  // a removal may be repeated
}

}  // namespace

Task<Unit> Outbox::remove_later(store::Partition in, std::string key) {
  {
    std::lock_guard lock(mutex_);
    auto [keys, first] = gathered_.try_emplace(in);
    keys->second.push_back(std::move(key));
    if (!first) co_return Unit{};
  }
  asio::co_spawn(co_await asio::this_coro::executor,
                 remove_gathered(shared_from_this(), std::move(in)), asio::detached);
  co_return Unit{};
}

class Outbox::Removal {
 public:
  explicit Removal(Outbox& outbox) : outbox_(outbox) {}
  Removal(const Removal&) = delete;
  Removal& operator=(const Removal&) = delete;
  ~Removal() {
    std::lock_guard lock(outbox_.mutex_);
    if (--outbox_.removals_ == 0) outbox_.settled_.notify_all();
  }

 private:
  Outbox& outbox_;
};

std::optional<Outbox::Gathered> Outbox::take(const store::Partition& in) {
  std::lock_guard lock(mutex_);
  Gathered out{.keys = std::move(gathered_.extract(in).mapped())};
  if (closed_) return std::nullopt;
  out.position = log_.written();
  return out;
}

Outbox::Look Outbox::look(uint64_t position) {
  std::lock_guard lock(mutex_);
  if (closed_ || !log_.healthy()) return Look::kNever;
  if (log_.synced() < position) return Look::kNotYet;
  ++removals_;
  return Look::kSynced;
}

// The row is the only durable copy of its event until the log has synced the record: a power
// failure takes what is merely written.
Task<Unit> Outbox::remove_gathered(std::shared_ptr<Outbox> self, store::Partition in) {
  const std::chrono::milliseconds wait(self->drain_ms_);
  asio::steady_timer timer(co_await asio::this_coro::executor, wait);
  co_await timer.async_wait(asio::use_awaitable);
  auto gathered = self->take(in);
  if (!gathered) co_return Unit{};
  for (;;) {
    const Look seen = self->look(gathered->position);
    if (seen == Look::kNever) co_return Unit{};
    if (seen == Look::kSynced) break;
    timer.expires_after(wait);
    co_await timer.async_wait(asio::use_awaitable);
  }
  Removal removal(*self);
  if (auto removed = co_await self->remove(std::move(in), std::move(gathered->keys)); !removed.ok())
    log::warn("audit_outbox_not_removed", {{"error", removed.error().message}});
  co_return Unit{};
}

void Outbox::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
}

bool Outbox::settle(std::chrono::milliseconds grace) {
  std::unique_lock lock(mutex_);
  return settled_.wait_for(lock, grace, [this] { return removals_ == 0; });
}

Task<Status> Outbox::remove(store::Partition in, std::vector<std::string> keys) {
  for (size_t from = 0; from < keys.size(); from += kRowsMax) {
    const size_t to = std::min(keys.size(), from + kRowsMax);
    store::Batch batch{.in = in};
    batch.deletes.assign(keys.begin() + static_cast<ptrdiff_t>(from),
                         keys.begin() + static_cast<ptrdiff_t>(to));
    store::Commit outcome = store::Commit::kBusy;
    for (int tries = 0; tries < kTriesMax && may_succeed(outcome); ++tries)
      outcome = co_await meta_.commit(batch);
    if (outcome != store::Commit::kDone) co_return store::error_of(outcome);
  }
  co_return ok_status();
}

}  // namespace coffer::audit
