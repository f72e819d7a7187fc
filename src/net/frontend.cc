#include "net/frontend.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "net/connection.h"

namespace coffer::net {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPoll{5};
constexpr milliseconds kAfterCut{
    5000};  // for handlers that wait for something else than the socket

std::string ip_of(const sockaddr_storage& from) {
  char text[INET6_ADDRSTRLEN] = "";
  if (from.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(from).sin_addr, text, sizeof text);
  } else if (from.ss_family == AF_INET6) {
    const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(from).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
      ::inet_ntop(AF_INET, address.s6_addr + 12, text, sizeof text);
    } else {
      ::inet_ntop(AF_INET6, &address, text, sizeof text);
    }
  }
  return text;
}

// turn_away answers without reading: cheap, and all that a plain client needs. Under TLS there is
// nothing to say it with.
void turn_away(int fd, bool plain) {
  if (plain) {
    static const std::string answer = [] {
      Response response = error_response({503, "SlowDown", "Please reduce your request rate."});
      std::string out;
      append_whole(out, response);
      return out;
    }();
    (void)::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(fd, SHUT_WR);
    char scratch[4096];
    (void)::recv(fd, scratch, sizeof scratch, MSG_DONTWAIT);
  }
  ::close(fd);
}

Task<Unit> sleep(milliseconds how_long) {
  asio::steady_timer timer(co_await asio::this_coro::executor, how_long);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return Unit{};
}

}  // namespace

Frontend::Frontend(Loops& loops, Kind kind, Limits limits, Handler handler)
    : kind_(kind), hub_(std::make_shared<Hub>(limits, std::move(handler))) {
  for (size_t i = 0; i < loops.size(); ++i)
    shards_.push_back(std::make_shared<Shard>(loops.at(i), hub_));
}

void Frontend::start(std::shared_ptr<Listener> listener) {
  listener_ = std::move(listener);
  // Weak: the frontend owns the listener.
  listener_->start([weak = weak_from_this()](int fd, const sockaddr_storage& from) {
    if (auto self = weak.lock()) {
      self->accept(fd, from);
    } else {
      ::close(fd);
    }
  });
}

bool Frontend::welcome(int fd) {
  if (kind_ != Kind::kUnix) {
    int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return true;
  }
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
      (peer.uid == 0 || peer.uid == ::geteuid())) {
    return true;
  }
  log::warn("unix_socket.refused", {{"uid", std::to_string(peer.uid)}});
  return false;
}

void Frontend::accept(int fd, const sockaddr_storage& from) {
  TlsContext tls = kind_ == Kind::kTls ? hub_->tls() : nullptr;
  if (hub_->stopping.load() || !welcome(fd) || (kind_ == Kind::kTls && !tls)) {
    ::close(fd);
    return;
  }
  std::string ip = ip_of(from);
  std::optional<Admission> admission = Admission::take(hub_, ip);
  if (!admission) {
    hub_->refused_total.fetch_add(1, std::memory_order_relaxed);
    return turn_away(fd, !tls);
  }
  hub_->accepted_total.fetch_add(1, std::memory_order_relaxed);
  std::shared_ptr<Shard> shard = shards_[turn_++ % shards_.size()];
  Channel::Socket socket(shard->loop);
  boost::system::error_code error;
  int protocol = from.ss_family == AF_UNIX ? 0 : IPPROTO_TCP;
  socket.assign(asio::generic::stream_protocol(from.ss_family, protocol), fd, error);
  if (error) {
    ::close(fd);
    return;
  }
  asio::io_context& loop = shard->loop;
  Arrival arrival{std::move(socket), std::move(ip), std::move(tls), std::move(*admission)};
  asio::co_spawn(loop, serve(std::move(shard), std::move(arrival)), asio::detached);
}

void Frontend::on_shards(void (Shard::*what)()) {
  for (const std::shared_ptr<Shard>& shard : shards_) {
    asio::post(shard->loop, [shard, what] { ((*shard).*what)(); });
  }
}

bool Frontend::quiet() const {
  return hub_->connections.load() == 0 && (!listener_ || !listener_->open());
}

void Frontend::abandon() {
  hub_->stopping.store(true);
  if (listener_ && listener_->open()) listener_->close();
  on_shards(&Shard::cut_all);
}

Task<bool> Frontend::stop(std::shared_ptr<Frontend> self, milliseconds grace) {
  self->hub_->stopping.store(true);
  if (self->listener_) self->listener_->close();
  self->on_shards(&Shard::close_idle);
  int64_t deadline_ms = Clock::monotonic_ms() + grace.count();
  while (!self->quiet() && Clock::monotonic_ms() < deadline_ms) co_await sleep(kPoll);
  self->on_shards(&Shard::cut_all);
  deadline_ms = Clock::monotonic_ms() + kAfterCut.count();
  while (!self->quiet() && Clock::monotonic_ms() < deadline_ms) co_await sleep(kPoll);
  if (self->quiet()) co_return true;
  log::warn("server.stopped_busy",
            {{"connections", std::to_string(self->hub_->connections.load())}});
  co_return false;
}

}  // namespace coffer::net
