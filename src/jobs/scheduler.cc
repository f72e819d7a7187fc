#include "jobs/scheduler.h"

#include <boost/asio/redirect_error.hpp>

#include "base/log.h"

namespace coffer::jobs {
namespace {

constexpr int64_t kLeaseMs = 60'000;
constexpr int64_t kFlushMs = 60'000;
constexpr int64_t kEpochMs = 24 * 3600 * 1000;  // deletions of a day are made final together
constexpr int64_t kRemovalMs = 3600 * 1000;
constexpr int64_t kLifecycleMs = 3600 * 1000;  // of business time: rules count in days
constexpr std::string_view kPrincipal = "jobs.coffer.internal";
constexpr std::string_view kLease = "jobs";

}  // namespace

Scheduler::Scheduler(Deps deps, std::chrono::milliseconds every) : deps_(deps), every_(every) {}

Scheduler::~Scheduler() { stop(); }

void Scheduler::start() {
  asio::co_spawn(io_, loop(), [](std::exception_ptr error, Unit) { CHECK(!error); });
  thread_ = std::thread([this] { io_.run(); });
}

void Scheduler::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  asio::post(io_, [this] { timer_.cancel(); });
  thread_.join();
}

void Scheduler::nudge() {
  nudged_.store(true);
  asio::post(io_, [this] { timer_.cancel(); });
}

Task<Unit> Scheduler::loop() {
  while (!stopping_.load()) {
    nudged_.store(false);
    busy_.store(true);
    std::string failure;
    try {
      co_await round();
    } catch (const std::exception& e) {
      failure = e.what();
    }
    busy_.store(false);
    if (!failure.empty()) log::error("jobs.exception", {{"what", failure}});
    if (stopping_.load()) break;
    if (nudged_.load()) continue;
    timer_.expires_after(every_);
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (lease_) {
    if (const Status released = co_await deps_.meta.release(*lease_); !released.ok())
      log::warn("jobs.lease_kept", {{"code", released.error().code}});
  }
  co_return Unit{};
}

Task<bool> Scheduler::is_ours() {
  auto got = lease_ ? co_await deps_.meta.renew(*lease_, kLeaseMs)
                    : co_await deps_.meta.lease(std::string(kLease), kLeaseMs);
  if (got.ok() && !*got && lease_) got = co_await deps_.meta.lease(std::string(kLease), kLeaseMs);
  lease_ = got.ok() ? *got : std::nullopt;
  co_return lease_.has_value();
}

Task<Unit> Scheduler::round() {
  if (held_.load() || stopping_.load()) co_return Unit{};
  if (co_await is_ours()) co_await upkeep();
  const int64_t now = Clock::monotonic_ms();
  if (held_.load() || now < flushed_ms_ + kFlushMs) co_return Unit{};
  flushed_ms_ = now;
  if (const Status flushed = co_await deps_.iam.flush_last_used(); !flushed.ok())
    log::warn("jobs.flush_failed", {{"code", flushed.error().code}});
  co_return Unit{};
}

Task<Unit> Scheduler::upkeep() {
  co_await ask("DeleteDueKeys");
  co_await ask("RotateDueKeys");
  const UnixMs now = deps_.clock.business_ms();
  const bool due =
      closed_epoch_ms_ == 0 || now >= closed_epoch_ms_ + kEpochMs || now < closed_epoch_ms_;
  if (due && co_await ask("CloseEpoch")) closed_epoch_ms_ = now;
  const bool lifecycle_due =
      lifecycle_ms_ == 0 || now >= lifecycle_ms_ + kLifecycleMs || now < lifecycle_ms_;
  if (lifecycle_due) {
    co_await ask("ApplyLifecycle");
    lifecycle_ms_ = now;
  }
  co_await ask("Sweep");
  if (deps_.trails && !held_.load()) co_await deps_.trails->round();
  if (now >= removed_events_ms_ + kRemovalMs || now < removed_events_ms_) {
    co_await ask("RemoveExpiredEvents");
    removed_events_ms_ = now;
  }
  co_return Unit{};
}

// ask answers whether there was anything to do.
Task<bool> Scheduler::ask(std::string operation) {
  if (held_.load() || stopping_.load()) co_return false;
  auto answer =
      co_await deps_.dispatcher.call_as(authz::Principal::service(std::string(kPrincipal)),
                                        api::json_request("Coffer." + operation), "{}");
  if (!answer.ok()) {
    log::warn("jobs.failed", {{"operation", operation},
                              {"code", answer.error().code},
                              {"message", answer.error().message}});
    co_return false;
  }
  co_return answer->body != R"({"Count":0})";
}

}  // namespace coffer::jobs
