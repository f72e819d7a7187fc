#include "net/client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "base/encoding.h"
#include "net/chunked.h"
#include "net/request_parser.h"

namespace coffer::net {

namespace {

constexpr size_t kBodyBytesMax = 64 << 20;
constexpr size_t kHeadBytesMax = 64 << 10;

struct Closer {
  int fd;
  ~Closer() {
    if (fd >= 0) ::close(fd);
  }
};

Error unreachable(const std::string& path, std::string_view what) {
  return {"ServiceUnavailable", fmt::format("The server's socket {} {}.", path, what)};
}

Error broken() { return {"ServiceUnavailable", "The server's answer is not complete."}; }

Result<std::string> request_text(std::string_view method, std::string_view target,
                                 const Headers& headers, ByteView body) {
  bool clean = is_token(method) && target.starts_with('/') && body.size() <= kBodyBytesMax;
  clean = clean && target.find(' ') == std::string_view::npos && is_field_value(target);
  for (const Header& h : headers.list())
    clean = clean && is_token(h.name) && is_field_value(h.value);
  if (!clean) return Error{"InvalidRequest", "The request cannot be sent."};
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", method, target);
  if (!headers.find("Host")) out += "Host: localhost\r\n";
  for (const Header& h : headers.list()) out += h.name + ": " + h.value + "\r\n";
  out += fmt::format("Content-Length: {}\r\nConnection: close\r\n\r\n", body.size());
  out += body;
  return out;
}

Result<Bytes> converse(const std::string& path, ByteView text) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return unreachable(path, "has too long a name");
  std::memcpy(address.sun_path, path.data(), path.size());
  Closer socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (socket.fd < 0 ||
      ::connect(socket.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return unreachable(path, "cannot be reached: " + std::string(std::strerror(errno)));
  }
  while (!text.empty()) {
    ssize_t n = ::send(socket.fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;  // the server may have answered without reading all
    text.remove_prefix(static_cast<size_t>(n));
  }
  Bytes answer;
  std::vector<char> piece(64 * 1024);
  for (;;) {
    ssize_t n = ::recv(socket.fd, piece.data(), piece.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return answer;
    answer.append(piece.data(), static_cast<size_t>(n));
    if (answer.size() > kBodyBytesMax + kHeadBytesMax)
      return Error{"EntityTooLarge", "The answer is too large."};
  }
}

// parse_status_and_headers answers the size of the header section, 0 where it is not one.
size_t parse_status_and_headers(ByteView answer, PlainResponse& out) {
  size_t searched = 0;
  size_t end = find_head_end(answer, searched);
  if (end == 0 || !answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return 0;
  out.status = static_cast<int>(parse_uint(answer.substr(9, 3)).value_or(0));
  std::string_view lines = answer.substr(0, end - 2);
  lines.remove_prefix(lines.find("\r\n") + 2);
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(line.size() + 2);
    size_t colon = line.find(':');
    if (colon == std::string_view::npos) return 0;
    out.headers.add(std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
  }
  return end;
}

Result<Bytes> body_of(const PlainResponse& response, ByteView rest, bool to_head) {
  if (to_head || response.status == 204 || response.status == 304) return Bytes();
  if (iequals(response.headers.get("Transfer-Encoding"), "chunked")) {
    Bytes body(rest.size(), '\0');
    ChunkDecoder decoder;
    ChunkDecoder::Step step = decoder.decode(rest, body);
    if (!decoder.done()) return broken();
    body.resize(step.produced);
    return body;
  }
  std::optional<uint64_t> length = parse_uint(response.headers.get("Content-Length"));
  if (!length || *length != rest.size()) return broken();
  return Bytes(rest);
}

}  // namespace

Result<PlainResponse> http_over_unix(const std::string& path, std::string_view method,
                                     std::string_view target, const Headers& headers,
                                     ByteView body) {
  TRY(std::string text, request_text(method, target, headers, body));
  TRY(Bytes answer, converse(path, text));
  PlainResponse response;
  size_t head = parse_status_and_headers(answer, response);
  if (head == 0) return broken();
  TRY(response.body, body_of(response, ByteView(answer).substr(head), method == "HEAD"));
  return response;
}

}  // namespace coffer::net
