#include "net/channel.h"

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/detail/openssl_types.hpp>
#include <cerrno>

#include "base/clock.h"

namespace coffer::net {

namespace {

IoResult failure(IoState blocked) {
  return {errno == EAGAIN || errno == EWOULDBLOCK ? blocked : IoState::kFailed, 0};
}

Channel::Socket& socket_of(BIO* bio) { return *static_cast<Channel::Socket*>(BIO_get_data(bio)); }

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL, and keeps a descriptor number that may
// become another connection's.
int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  ssize_t n = ::send(socket_of(bio).native_handle(), data, static_cast<size_t>(size), MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  ssize_t n = ::recv(socket_of(bio).native_handle(), data, static_cast<size_t>(size), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(n);
}

long bio_ctrl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "channel");
    CHECK(made != nullptr);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_ctrl);
    return made;
  }();
  return method;
}

}  // namespace

Channel::Channel(Socket socket, const TlsContext& tls) : socket_(std::move(socket)) {
  if (!tls) return;
  session_.reset(SSL_new(tls.get()));  // keeps the context alive
  CHECK(session_ != nullptr);
  BIO* bio = BIO_new(bio_method());
  CHECK(bio != nullptr);
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(session_.get(), bio, bio);
  SSL_set_accept_state(session_.get());
}

std::string Channel::tls_version() const { return session_ ? SSL_get_version(session_.get()) : ""; }

std::string Channel::cipher_suite() const {
  return session_ ? SSL_get_cipher_name(session_.get()) : "";
}

IoResult Channel::tls_result(int outcome, size_t size) {
  if (outcome > 0) return {IoState::kDone, size};
  switch (SSL_get_error(session_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
      return {IoState::kWantRead, 0};
    case SSL_ERROR_WANT_WRITE:
      return {IoState::kWantWrite, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {IoState::kEnd, 0};
    default:
      return {IoState::kFailed, 0};
  }
}

IoResult Channel::try_handshake() {
  ERR_clear_error();
  return tls_result(SSL_do_handshake(session_.get()), 0);
}

IoResult Channel::try_read(MutableBytes out) {
  if (session_) {
    ERR_clear_error();
    size_t size = 0;
    int outcome = SSL_read_ex(session_.get(), out.data(), out.size(), &size);
    return tls_result(outcome, size);
  }
  ssize_t n = ::recv(socket_.native_handle(), out.data(), out.size(), 0);
  if (n > 0) return {IoState::kDone, static_cast<size_t>(n)};
  return n == 0 ? IoResult{IoState::kEnd, 0} : failure(IoState::kWantRead);
}

IoResult Channel::try_write(ByteView a, ByteView b) {
  if (session_) {
    ERR_clear_error();
    ByteView part = a.empty() ? b : a;
    size_t size = 0;
    int outcome = SSL_write_ex(session_.get(), part.data(), part.size(), &size);
    return tls_result(outcome, size);
  }
  iovec parts[2] = {{const_cast<char*>(a.data()), a.size()},
                    {const_cast<char*>(b.data()), b.size()}};
  msghdr message{};
  message.msg_iov = a.empty() ? parts + 1 : parts;
  message.msg_iovlen = a.empty() || b.empty() ? 1 : 2;
  ssize_t n = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
  return n >= 0 ? IoResult{IoState::kDone, static_cast<size_t>(n)} : failure(IoState::kWantWrite);
}

bool Channel::holds_received() const { return session_ && SSL_has_pending(session_.get()) == 1; }

Task<bool> Channel::wait(IoState want, Milliseconds at_most) {
  if (closed()) co_return false;
  timed_out_ = false;
  burst_bytes_ = 0;
  deadline_ms_ = Clock::monotonic_ms() + at_most.count();
  boost::system::error_code error;
  auto direction = want == IoState::kWantWrite ? Socket::wait_write : Socket::wait_read;
  co_await socket_.async_wait(direction, asio::redirect_error(asio::use_awaitable, error));
  deadline_ms_ = 0;
  co_return !error && !closed();
}

Task<bool> Channel::write_all(ByteView a, ByteView b, Milliseconds stall) {
  while (!a.empty() || !b.empty()) {
    if (should_yield()) co_await yield();
    IoResult result = try_write(a, b);
    if (result.waits()) {
      if (!co_await wait(result.state, stall)) co_return false;
      continue;
    }
    if (result.state != IoState::kDone) co_return false;
    moved(result.size);
    size_t of_a = std::min(result.size, a.size());
    a.remove_prefix(of_a);
    b.remove_prefix(result.size - of_a);
  }
  co_return true;
}

Task<bool> Channel::yield() {
  burst_bytes_ = 0;
  co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  co_return !closed();
}

void Channel::check_deadline(int64_t now_ms) {
  if (deadline_ms_ == 0 || now_ms < deadline_ms_) return;
  deadline_ms_ = 0;
  timed_out_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Channel::finish() {
  if (closed()) return;
  if (session_ && SSL_is_init_finished(session_.get())) {
    ERR_clear_error();
    SSL_shutdown(session_.get());
  }
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

IoResult Channel::try_discard() {
  char scratch[16 * 1024];
  ssize_t n = ::recv(socket_.native_handle(), scratch, sizeof scratch, MSG_TRUNC);
  if (n > 0) return {IoState::kDone, static_cast<size_t>(n)};
  return n == 0 ? IoResult{IoState::kEnd, 0} : failure(IoState::kWantRead);
}

void Channel::cut() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Channel::reset() {
  boost::system::error_code ignored;
  if (!closed()) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  cut();
}

}  // namespace coffer::net
