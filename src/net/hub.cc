#include "net/hub.h"

#include "base/clock.h"
#include "net/connection.h"

namespace coffer::net {

namespace {

using std::chrono::milliseconds;

// tick_of makes the tick a fraction of the shortest limit, between 10 ms and half a second.
milliseconds tick_of(const Limits& limits) {
  milliseconds shortest = std::min(
      {limits.handshake, limits.header, limits.idle, limits.body_stall, limits.write_stall});
  return std::clamp(shortest / 8, milliseconds(10), milliseconds(500));
}

}  // namespace

Hub::Hub(Limits limits, Handler handler)
    : limits(limits),
      handler(std::move(handler)),
      tick(tick_of(limits)),
      requests_total(Counters::process().at("http_requests_total")),
      accepted_total(Counters::process().at("http_connections_accepted_total")),
      refused_total(Counters::process().at("http_connections_refused_total")) {}

TlsContext Hub::tls() const {
  std::lock_guard lock(mutex_);
  return tls_;
}

void Hub::set_tls(TlsContext context) {
  std::lock_guard lock(mutex_);
  tls_.swap(context);
}

std::optional<Admission> Admission::take(const std::shared_ptr<Hub>& hub, const std::string& ip) {
  const Limits& limits = hub->limits;
  if (hub->connections.fetch_add(1) >= limits.connections_max) {
    hub->connections.fetch_sub(1);
    return std::nullopt;
  }
  if (limits.connections_per_ip_max >= limits.connections_max || ip.empty())
    return Admission(hub, "");
  std::lock_guard lock(hub->mutex_);
  size_t& held = hub->per_ip_[ip];
  if (held >= limits.connections_per_ip_max) {
    hub->connections.fetch_sub(1);
    return std::nullopt;
  }
  ++held;
  return Admission(hub, ip);
}

Admission::~Admission() {
  if (!hub_) return;
  if (!ip_.empty()) {
    std::lock_guard lock(hub_->mutex_);
    auto held = hub_->per_ip_.find(ip_);
    if (--held->second == 0) hub_->per_ip_.erase(held);
  }
  hub_->connections.fetch_sub(1);
}

Shard::Place Shard::add(Connection* connection) {
  connections_.push_front(connection);
  if (!ticking_) arm();
  return connections_.begin();
}

void Shard::arm() {
  ticking_ = true;
  timer_.expires_after(hub->tick);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error) self->tick();
  });
}

void Shard::tick() {
  ticking_ = false;
  int64_t now = Clock::monotonic_ms();
  for (Connection* connection : connections_) connection->check_deadline(now);
  if (!connections_.empty()) arm();
}

void Shard::close_idle() {
  for (Connection* connection : connections_) connection->close_if_idle();
}

void Shard::cut_all() {
  for (Connection* connection : connections_) connection->cut();
}

}  // namespace coffer::net
