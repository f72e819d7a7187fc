#include "net/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"

namespace coffer::net {

namespace {

constexpr int kBacklog = 4096;
constexpr int kAcceptsAtOnce = 64;
constexpr std::chrono::milliseconds kPause{50};

Error cannot_listen(const std::string& where, int error) {
  return {"ListenFailed", fmt::format("Cannot listen on {}: {}", where, std::strerror(error))};
}

// Fd closes a descriptor that nobody took.
struct Fd {
  int fd = -1;
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
  int release() { return std::exchange(fd, -1); }
};

Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return cannot_listen(path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// remove_stale unlinks a socket that refuses connections.
Status remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return ok_status();
  if (!S_ISSOCK(found.st_mode)) return cannot_listen(path, EEXIST);
  Fd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  int outcome = ::connect(probe.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (outcome == 0 || errno != ECONNREFUSED) return cannot_listen(path, EADDRINUSE);
  ::unlink(path.c_str());
  return ok_status();
}

}  // namespace

Result<std::shared_ptr<Listener>> Listener::tcp(asio::io_context& loop, const std::string& address,
                                                uint16_t port) {
  std::string where = fmt::format("{}:{}", address, port);
  addrinfo hints{}, *found = nullptr;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    return cannot_listen(where, EADDRNOTAVAIL);
  }
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  Fd fd{::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  int on = 1;
  if (fd.fd < 0 || ::setsockopt(fd.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd.fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd.fd, kBacklog) != 0) {
    return cannot_listen(where, errno);
  }
  return std::make_shared<Listener>(loop, fd.release(), "");
}

Result<std::shared_ptr<Listener>> Listener::unix_socket(asio::io_context& loop,
                                                        const std::string& path) {
  TRY(sockaddr_un address, unix_address(path));
  TRY_OK(remove_stale(path, address));
  Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (fd.fd < 0 ||
      ::bind(fd.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return cannot_listen(path, errno);
  }
  // Nobody can connect before listen(), so the mode is right from the first connection on.
  if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(fd.fd, kBacklog) != 0) {
    int error = errno;
    ::unlink(path.c_str());
    return cannot_listen(path, error);
  }
  return std::make_shared<Listener>(loop, fd.release(), path);
}

Listener::Listener(asio::io_context& loop, int fd, std::string path)
    : descriptor_(loop, fd), timer_(loop), path_(std::move(path)) {}

Listener::~Listener() {
  if (open_.load() && !path_.empty()) ::unlink(path_.c_str());
}

uint16_t Listener::port() const {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  int fd = const_cast<asio::posix::stream_descriptor&>(descriptor_).native_handle();
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  if (bound.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6&>(bound).sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

void Listener::start(Accepted accepted) {
  accepted_ = std::move(accepted);
  wait();
}

void Listener::close() {
  asio::post(descriptor_.get_executor(), [self = shared_from_this()] {
    if (!self->descriptor_.is_open()) return;
    boost::system::error_code ignored;
    self->timer_.cancel();
    self->descriptor_.close(ignored);
    self->accepted_ = nullptr;
    if (!self->path_.empty()) ::unlink(self->path_.c_str());
    self->open_.store(false);
  });
}

void Listener::wait() {
  descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                         [self = shared_from_this()](boost::system::error_code error) {
                           if (!error && self->descriptor_.is_open()) self->accept_some();
                         });
}

void Listener::accept_some() {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    int fd = ::accept4(descriptor_.native_handle(), reinterpret_cast<sockaddr*>(&from), &size,
                       SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      accepted_(fd, from);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return pause();
    }
  }
  wait();
}

// pause lets descriptors or memory come free: accepting again at once would only spin.
void Listener::pause() {
  log::warn("listener.paused", {{"error", std::strerror(errno)}});
  timer_.expires_after(kPause);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error && self->descriptor_.is_open()) self->wait();
  });
}

}  // namespace coffer::net
