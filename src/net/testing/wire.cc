#include "net/testing/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ssl/detail/openssl_types.hpp>
#include <csignal>

#include "base/clock.h"
#include "base/encoding.h"
#include "net/chunked.h"

namespace coffer::net::testing {

Wire::Wire(uint16_t port, Tls tls) {
  ::signal(SIGPIPE, SIG_IGN);
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  if (connected_ && tls != Tls::kNone) start_tls(tls);
}

Wire::Wire(const std::string& unix_path) {
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  unix_path.copy(to.sun_path, sizeof to.sun_path - 1);
  connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
}

Wire::Wire(Wire&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      context_(std::exchange(other.context_, nullptr)),
      session_(std::exchange(other.session_, nullptr)),
      connected_(other.connected_),
      held_(std::move(other.held_)) {}

Wire::~Wire() {
  SSL_free(session_);
  SSL_CTX_free(context_);
  if (fd_ >= 0) ::close(fd_);
}

void Wire::start_tls(Tls tls) {
  context_ = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(context_, 0);  // so that the client would speak TLS 1.1
  int version = tls == Tls::k11   ? TLS1_1_VERSION
                : tls == Tls::k12 ? TLS1_2_VERSION
                                  : TLS1_3_VERSION;
  if (tls != Tls::kAny) {
    SSL_CTX_set_min_proto_version(context_, version);
    SSL_CTX_set_max_proto_version(context_, version);
  }
  session_ = SSL_new(context_);
  SSL_set_fd(session_, fd_);
  timeval timeout{5, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  connected_ = SSL_connect(session_) == 1;
  ERR_clear_error();
}

bool Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = session_ ? SSL_write(session_, bytes.data(), static_cast<int>(bytes.size()))
                         : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) {
      ERR_clear_error();
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::string Wire::receive(int timeout_ms) {
  if (!held_.empty()) return std::exchange(held_, {});
  if (over_) return "";
  pollfd ready{fd_, POLLIN, 0};
  bool pending = session_ && SSL_pending(session_) > 0;
  if (!pending && ::poll(&ready, 1, timeout_ms) <= 0) return "";
  std::string out(64 * 1024, '\0');
  ssize_t n;
  if (session_) {
    n = SSL_read(session_, out.data(), static_cast<int>(out.size()));
    if (n <= 0) clean_end_ = SSL_get_error(session_, static_cast<int>(n)) == SSL_ERROR_ZERO_RETURN;
    ERR_clear_error();
  } else {
    n = ::recv(fd_, out.data(), out.size(), 0);
    clean_end_ = n == 0;
  }
  over_ = n <= 0;
  out.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return out;
}

bool Wire::ended(int timeout_ms) { return receive(timeout_ms).empty() && over_; }

Answer Wire::answer(bool to_head) {
  Answer out;
  std::string text;
  size_t end;
  while ((end = text.find("\r\n\r\n")) == std::string::npos) {
    std::string more = receive();
    if (more.empty()) {
      out.head = text;
      return out;
    }
    text += more;
  }
  out.head = text.substr(0, end + 2);
  out.status = std::atoi(text.substr(9, 3).c_str());
  text.erase(0, end + 4);
  size_t at = out.head.find("Content-Length: ");
  std::optional<size_t> length;
  if (at != std::string::npos) length = std::stoull(out.head.substr(at + 16));
  if (to_head || out.status == 204 || out.status == 304 || out.status == 100) length = 0;
  ChunkDecoder chunks;
  bool chunked = !length && out.has("Transfer-Encoding: chunked");
  for (;;) {
    if (chunked) {
      std::string piece(text.size(), '\0');
      auto step = chunks.decode(text, piece);
      out.body += piece.substr(0, step.produced);
      text.erase(0, step.consumed);
      out.whole = chunks.done();
    } else {
      size_t n = length ? std::min(text.size(), *length - out.body.size()) : text.size();
      out.body += text.substr(0, n);
      text.erase(0, n);
      out.whole = length && out.body.size() == *length;
    }
    if (out.whole) break;
    std::string more = receive();
    if (more.empty()) break;
    text += more;
  }
  held_ = text;
  return out;
}

std::string Wire::peer_certificate_name() const {
  X509* certificate = SSL_get1_peer_certificate(session_);
  char name[256] = "";
  if (certificate)
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                              sizeof name);
  X509_free(certificate);
  return name;
}

std::string Wire::protocol() const { return SSL_get_version(session_); }

void Wire::close_send() { ::shutdown(fd_, SHUT_WR); }

TlsFiles self_signed(const std::string& name) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509_sign(certificate, key, EVP_sha256());
  auto text = [](auto write) {
    BIO* out = BIO_new(BIO_s_mem());
    write(out);
    char* data = nullptr;
    long size = BIO_get_mem_data(out, &data);
    std::string pem(data, static_cast<size_t>(size));
    BIO_free(out);
    return pem;
  };
  TlsFiles files;
  files.certificate_chain_pem = text([&](BIO* out) { PEM_write_bio_X509(out, certificate); });
  files.key_pem = Secret::copy_of(text([&](BIO* out) {
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  }));
  X509_free(certificate);
  EVP_PKEY_free(key);
  return files;
}

Limits short_limits() {
  Limits limits;
  using std::chrono::milliseconds;
  limits.handshake = limits.header = limits.body_stall = limits.write_stall = milliseconds(250);
  limits.idle = milliseconds(600);
  return limits;
}

TestServer::TestServer(bool tls, Limits limits, unsigned count)
    : loops(count), server(loops, {.tls = tls, .limits = limits}, test_handler) {
  if (tls) CHECK(server.set_tls(self_signed("first")).ok());
  CHECK(server.listen().ok());
  loops.start();
}

TestServer::~TestServer() {
  stop(std::chrono::milliseconds(50));
  loops.stop();
}

bool TestServer::stop(std::chrono::milliseconds grace) { return sync_wait(server.stop(grace)); }

}  // namespace coffer::net::testing
