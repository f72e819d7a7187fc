#include <boost/asio/steady_timer.hpp>
#include <stdexcept>

#include "base/encoding.h"
#include "net/testing/wire.h"

namespace coffer::net::testing {

namespace {

// Pieces answers `count` pieces of `size` bytes each, then the end or an error.
class Pieces : public BodyProducer {
 public:
  enum class Ending { kEnd, kError, kThrow };
  Pieces(size_t count, size_t size, Ending ending) : count_(count), size_(size), ending_(ending) {}
  Task<Result<Bytes>> next() override {
    if (count_ == 0) {
      if (ending_ == Ending::kThrow) throw std::runtime_error("broken producer");
      if (ending_ == Ending::kError) co_return Error{"AccessDenied", "no more"};
      co_return Bytes();
    }
    --count_;
    co_return Bytes(size_, 'p');
  }

 private:
  size_t count_, size_;
  Ending ending_;
};

Task<Result<Bytes>> read_all(BodySource& body) {
  Bytes all;
  std::vector<char> piece(7000);
  for (;;) {
    CO_TRY(size_t n, co_await body.read(piece));
    if (n == 0) co_return all;
    all.append(piece.data(), n);
  }
}

Response text(int status, Bytes body) {
  Response out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

// stream answers /stream/COUNT/SIZE[/length|/broken|/broken-length|/throw].
Response stream(std::string_view path) {
  auto part = [&path] {
    path.remove_prefix(std::min(path.find('/') + 1, path.size()));
    return path.substr(0, path.find('/'));
  };
  part();
  size_t count = parse_uint(part()).value_or(0), size = parse_uint(part()).value_or(0);
  std::string kind(path.find('/') == std::string_view::npos ? "" : part());
  auto ending = kind.starts_with("broken") ? Pieces::Ending::kError
                : kind == "throw"          ? Pieces::Ending::kThrow
                                           : Pieces::Ending::kEnd;
  Response out;
  out.producer = std::make_unique<Pieces>(count, size, ending);
  if (kind == "length") out.content_length = count * size;
  if (kind == "broken-length") out.content_length = count * size + 1;
  return out;
}

Task<Response> after(std::chrono::milliseconds delay) {
  asio::steady_timer timer(co_await asio::this_coro::executor, delay);
  co_await timer.async_wait(asio::use_awaitable);
  co_return text(200, "late");
}

}  // namespace

Task<Response> test_handler(const Request& request, BodySource& body) {
  std::string_view path = request.raw_path();
  if (path == "/hello") co_return text(200, "hello");
  if (path == "/echo") {
    Result<Bytes> all = co_await read_all(body);
    co_return all.ok() ? text(200, std::move(*all)) : text(400, all.error().code);
  }
  if (path == "/first-byte") {
    char one;
    Result<size_t> n = co_await body.read({&one, 1});
    co_return text(200, n.ok() ? Bytes(&one, *n) : n.error().code);
  }
  if (path == "/refuse") co_return text(403, "refused");
  if (path == "/target") co_return text(200, request.target);
  if (path == "/host") co_return text(200, Bytes(request.headers.get("host")));
  if (path == "/peer") {
    co_return text(200, fmt::format("{}|{}|{}|{}", request.peer.ip, request.peer.tls,
                                    request.peer.tls_version, request.peer.cipher_suite));
  }
  if (path == "/throw") throw std::runtime_error("broken handler");
  if (path == "/stuck") co_return co_await after(std::chrono::minutes(1));
  if (path == "/slow") co_return co_await after(std::chrono::milliseconds(200));
  if (path == "/empty") co_return text(204, "never sent");
  if (path == "/unchanged") co_return text(304, "never sent");
  if (path == "/big") co_return text(200, Bytes(3 << 20, 'b'));
  if (path.starts_with("/stream/")) co_return stream(path);
  if (path == "/inject") {
    Response out = text(200, "x");
    out.headers.add("x-amz-meta-a", "b\r\nSet-Cookie: c");
    co_return out;
  }
  if (path == "/head") {
    Response out;
    out.content_length = 12345;
    co_return out;
  }
  co_return text(404, "none");
}

}  // namespace coffer::net::testing
