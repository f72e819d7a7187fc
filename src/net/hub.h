#pragma once
// Hub is what the connections of one server share; Shard is the part of it that belongs to one
// loop: the loop's connections and the tick that watches their deadlines. A shard is used on its
// loop alone.
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <mutex>
#include <unordered_map>

#include "net/channel.h"

namespace coffer::net {

class Connection;

struct Hub {
  Hub(Limits limits, Handler handler);

  const Limits limits;
  const Handler handler;
  const std::chrono::milliseconds tick;  // how exact the limits are kept
  std::atomic<bool> stopping{false};
  std::atomic<size_t> connections{0};
  std::atomic<int64_t>& requests_total;
  std::atomic<int64_t>& accepted_total;
  std::atomic<int64_t>& refused_total;

  TlsContext tls() const;
  void set_tls(TlsContext context);

 private:
  friend class Admission;
  mutable std::mutex mutex_;
  TlsContext tls_;
  std::unordered_map<std::string, size_t> per_ip_;
};

// Admission is one connection's place under the limits, given back when it goes.
class Admission {
 public:
  static std::optional<Admission> take(const std::shared_ptr<Hub>& hub, const std::string& ip);
  Admission(Admission&& other) noexcept = default;
  Admission& operator=(Admission&&) = delete;
  ~Admission();

 private:
  Admission(std::shared_ptr<Hub> hub, std::string ip) : hub_(std::move(hub)), ip_(std::move(ip)) {}
  std::shared_ptr<Hub> hub_;
  std::string ip_;
};

class Shard : public std::enable_shared_from_this<Shard> {
 public:
  using Place = std::list<Connection*>::iterator;
  explicit Shard(asio::io_context& loop, std::shared_ptr<Hub> hub)
      : loop(loop), hub(std::move(hub)), timer_(loop) {}

  asio::io_context& loop;
  const std::shared_ptr<Hub> hub;

  Place add(Connection* connection);
  void remove(Place place) { connections_.erase(place); }
  void close_idle();
  void cut_all();

 private:
  void arm();
  void tick();

  std::list<Connection*> connections_;
  asio::steady_timer timer_;
  bool ticking_ = false;
};

}  // namespace coffer::net
