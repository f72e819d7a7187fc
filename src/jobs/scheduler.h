#pragma once
// Scheduler does what time brings. Every few seconds it asks, through the dispatcher and as a
// service principal, for the upkeep operations of service "coffer"; each is authorized, and on
// record where it found something to do. A lease keeps it to one server a store.
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <thread>

#include "api/dispatcher.h"
#include "iam/iam.h"
#include "jobs/trail_delivery.h"
#include "store/meta_store.h"

namespace coffer::jobs {

class Scheduler {
 public:
  struct Deps {
    api::Dispatcher& dispatcher;
    store::MetaStore& meta;
    iam::Iam& iam;
    Clock& clock;
    TrailDelivery* trails = nullptr;  // null: no trails are kept
  };
  explicit Scheduler(Deps deps, std::chrono::milliseconds every = std::chrono::seconds(5));
  ~Scheduler();  // stops

  void start();
  void stop();  // waits for the operation under way
  // nudge begins a round at once, or another one after the round under way. Any thread.
  void nudge();
  // hold keeps further operations from beginning, for test mode's reset; busy tells whether one is
  // under way.
  void hold(bool held) { held_.store(held); }
  bool busy() const { return busy_.load(); }

 private:
  Task<Unit> loop();
  Task<Unit> round();
  Task<Unit> upkeep();
  Task<bool> ask(std::string operation);
  Task<bool> is_ours();

  Deps deps_;
  const std::chrono::milliseconds every_;
  asio::io_context io_{1};
  asio::steady_timer timer_{io_};
  std::thread thread_;
  std::atomic<bool> stopping_{false}, held_{false}, busy_{false}, nudged_{false};
  std::optional<store::Lease> lease_;
  UnixMs closed_epoch_ms_ = 0;    // business time
  UnixMs lifecycle_ms_ = 0;       // business time
  UnixMs removed_events_ms_ = 0;  // business time
  int64_t flushed_ms_ = 0;        // monotonic
};

}  // namespace coffer::jobs
