#pragma once
// Wire is a raw client on a real socket; TestServer is a server whose handler answers by path. For
// tests.
#include <optional>
#include <string>

#include "net/server.h"

struct ssl_st;
struct ssl_ctx_st;

namespace coffer::net::testing {

struct Answer {
  int status = 0;  // 0: nothing whole came
  std::string head, body;
  bool whole = false;  // the framing was complete
  bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
};

class Wire {
 public:
  enum class Tls { kNone, kAny, k11, k12, k13 };
  explicit Wire(uint16_t port, Tls tls = Tls::kNone);
  explicit Wire(const std::string& unix_path);
  ~Wire();
  Wire(Wire&& other) noexcept;

  bool connected() const { return connected_; }
  bool send(std::string_view bytes);
  // receive answers what comes next: empty at the end, or after `timeout_ms`.
  std::string receive(int timeout_ms = 3000);
  Answer answer(bool to_head = false);
  bool ended(int timeout_ms = 3000);             // the server closes, without another byte
  bool clean_end() const { return clean_end_; }  // by FIN, under TLS by close_notify
  std::string peer_certificate_name() const;
  std::string protocol() const;
  void close_send();

 private:
  void start_tls(Tls tls);
  int fd_ = -1;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* session_ = nullptr;
  bool connected_ = false, clean_end_ = false, over_ = false;
  std::string held_;
};

// self_signed makes a P-256 certificate for `name`, by OpenSSL.
TlsFiles self_signed(const std::string& name);

Task<Response> test_handler(const Request& request, BodySource& body);
Limits short_limits();

struct TestServer {
  explicit TestServer(bool tls = false, Limits limits = {}, unsigned loops = 2);
  ~TestServer();
  bool stop(std::chrono::milliseconds grace);  // true where no connection is left

  Loops loops;
  Server server;
};

inline std::string get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\n" + std::string(more) + "\r\n";
}
inline std::string put(std::string_view path, std::string_view body, std::string_view more = "") {
  return "PUT " + std::string(path) +
         " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}

}  // namespace coffer::net::testing
