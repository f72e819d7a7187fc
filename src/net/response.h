#pragma once
// The header section of an answer, and how its body is framed (RFC 9112 section 6).
#include "net/request_parser.h"

namespace coffer::net {

enum class Framing : unsigned char { kNoBody, kLength, kChunked, kUntilClose };

struct ResponseFrame {
  Framing framing = Framing::kLength;
  std::optional<uint64_t> length;  // what Content-Length says; absent: the header is not sent
  bool keep_alive = false;
  bool http_1_1 = true;  // what the client speaks
};

// frame_of decides by the status, the method and what the handler knows of the length; keep_alive
// is left to the connection.
ResponseFrame frame_of(const Response& response, bool to_head, bool http_1_1);

// append_head writes status line and headers. Date, Connection and the framing are ours: a
// handler's are left out.
void append_head(std::string& out, const Response& response, const ResponseFrame& frame);

// append_whole writes an answer that closes the connection, body and all.
void append_whole(std::string& out, const Response& response);

// is_sendable refuses a status or header that would break the message, whatever a handler put
// there.
bool is_sendable(const Response& response);

// error_response is S3's XML error document, for what the handler never sees.
Response error_response(const Refusal& refusal);
Refusal internal_failure();

}  // namespace coffer::net
