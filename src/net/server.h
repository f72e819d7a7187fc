#pragma once
// Server listens, speaks TLS and HTTP/1.1, and hands requests to its handler. One io_context a
// core; one acceptor deals connections round robin to the loops.
#include <chrono>
#include <memory>
#include <vector>

#include "base/counters.h"
#include "base/secret.h"
#include "net/http.h"

namespace coffer::net {

struct Limits {
  size_t connections_max = 10000;
  size_t connections_per_ip_max = 10000;
  size_t header_bytes_max = 64 * 1024;
  uint64_t body_bytes_max = 5ull << 40;  // a handler's own limit is usually less
  std::chrono::milliseconds handshake{10000};
  std::chrono::milliseconds header{
      20000};  // from the first byte of a request to the end of its header
  std::chrono::milliseconds idle{65000};        // between requests
  std::chrono::milliseconds body_stall{20000};  // without a byte
  uint64_t body_bytes_per_s_min = 1024;         // averaged over 30 s
  std::chrono::milliseconds write_stall{30000};
};

struct TlsFiles {
  std::string certificate_chain_pem;
  Secret key_pem;
};

class Loops;

class Server {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    uint16_t port = 0;  // 0: any
    bool tls = true;
    Limits limits;
  };
  Server(Loops& loops, Options options, Handler handler);
  ~Server();
  // set_tls takes effect for the next handshake; no connection is dropped. TLS 1.2 and later.
  Status set_tls(const TlsFiles& files);
  Status listen();
  uint16_t port() const;
  // stop closes the listener, lets requests under way end (at most `grace`), then closes what is
  // left. False: a handler still runs, waiting for something other than its connection.
  Task<bool> stop(std::chrono::milliseconds grace);
  size_t connections() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// Loops are the event loops, one thread and one io_context each.
class Loops {
 public:
  explicit Loops(unsigned count);
  ~Loops();
  void start();
  void stop();  // and joins
  asio::io_context& at(size_t i);
  size_t size() const;
  asio::io_context& next();  // round robin

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// UnixServer is the same for a Unix socket (the admin socket): mode 0600, and the peer's uid must
// be the process's own or root's.
class UnixServer {
 public:
  UnixServer(Loops& loops, std::string path, Limits limits, Handler handler);
  ~UnixServer();
  Status listen();
  Task<bool> stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace coffer::net
