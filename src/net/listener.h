#pragma once
// Listener accepts connections on one loop and hands their descriptors on: non-blocking, closed on
// exec.
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/result.h"
#include "base/task.h"

namespace coffer::net {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  using Accepted = std::function<void(int fd, const sockaddr_storage& from)>;  // owns `fd`
  static Result<std::shared_ptr<Listener>> tcp(asio::io_context& loop, const std::string& address,
                                               uint16_t port);
  // A socket that a dead server left is replaced; a live server's is not.
  static Result<std::shared_ptr<Listener>> unix_socket(asio::io_context& loop,
                                                       const std::string& path);

  Listener(asio::io_context& loop, int fd, std::string path);
  ~Listener();
  uint16_t port() const;
  void start(Accepted accepted);
  void close();  // from any thread; takes effect on the loop
  bool open() const { return open_.load(); }

 private:
  void wait();
  void accept_some();
  void pause();

  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer timer_;
  Accepted accepted_;
  std::string path_;  // of a Unix socket, removed at the end
  std::atomic<bool> open_{true};
};

}  // namespace coffer::net
