#include "net/response.h"

#include "base/clock.h"
#include "base/encoding.h"

namespace coffer::net {

namespace {

// date_line is "Date: ...\r\n", written anew once a second and thread.
std::string_view date_line() {
  thread_local int64_t second = -1;
  thread_local std::string line;
  static const Clock clock;
  int64_t now = clock.wall_ms() / 1000;
  if (now != second) {
    line = "Date: " + http_date(now * 1000) + "\r\n";
    second = now;
  }
  return line;
}

bool is_ours(std::string_view name) {
  switch (name.size()) {
    case 4:
      return iequals(name, "date");
    case 10:
      return iequals(name, "connection");
    case 14:
      return iequals(name, "content-length");
    case 17:
      return iequals(name, "transfer-encoding");
    default:
      return false;
  }
}

void append_number(std::string& out, uint64_t value) {
  char digits[20];
  auto end = fmt::format_to(digits, "{}", value);
  out.append(digits, end);
}

}  // namespace

ResponseFrame frame_of(const Response& response, bool to_head, bool http_1_1) {
  ResponseFrame frame;
  frame.http_1_1 = http_1_1;
  if (response.status == 204 || response.status == 304) {
    frame.framing = Framing::kNoBody;
  } else if (to_head) {
    frame.framing = Framing::kNoBody;
    frame.length = response.content_length;
    bool known = !response.producer && !response.body.empty();
    if (!frame.length && known) frame.length = response.body.size();
  } else if (!response.producer) {
    frame.length = response.body.size();
  } else if (response.content_length) {
    frame.length = response.content_length;
  } else {
    frame.framing = http_1_1 ? Framing::kChunked : Framing::kUntilClose;
  }
  return frame;
}

void append_head(std::string& out, const Response& response, const ResponseFrame& frame) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<uint64_t>(response.status));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  for (const Header& header : response.headers.list()) {
    if (is_ours(header.name)) continue;
    out += header.name;
    out += ": ";
    out += header.value;
    out += "\r\n";
  }
  out += date_line();
  if (!frame.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!frame.http_1_1) {
    out += "Connection: keep-alive\r\n";
  }
  if (frame.framing == Framing::kChunked) out += "Transfer-Encoding: chunked\r\n";
  if (frame.length) {
    out += "Content-Length: ";
    append_number(out, *frame.length);
    out += "\r\n";
  }
  out += "\r\n";
}

void append_whole(std::string& out, const Response& response) {
  append_head(out, response, {.framing = Framing::kLength, .length = response.body.size()});
  out += response.body;
}

bool is_sendable(const Response& response) {
  if (response.status < 200 || response.status > 599) return false;
  for (const Header& header : response.headers.list()) {
    if (!is_token(header.name) || !is_field_value(header.value)) return false;
  }
  return true;
}

Response error_response(const Refusal& refusal) {
  Response response;
  response.status = refusal.status;
  response.headers.add("Content-Type", "application/xml");
  response.body = fmt::format(
      "<?xml version=\"1.0\" "
      "encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>",
      refusal.code, refusal.message);
  response.close = true;
  return response;
}

Refusal internal_failure() {
  return {500, "InternalError", "We encountered an internal error. Please try again."};
}

}  // namespace coffer::net
