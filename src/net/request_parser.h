#pragma once
// parse_head makes a Request of one complete header section. It accepts RFC 9112's syntax and
// nothing that two readers could take differently: no folded line, no bare CR or LF, no control
// byte, one length and one host.
#include <optional>
#include <string_view>

#include "net/http.h"

namespace coffer::net {

// Refusal is an answer that needs no handler; the connection closes after it.
struct Refusal {
  int status = 400;
  std::string_view code, message;
};

struct HeadFacts {
  bool http_1_1 = true;
  bool keep_alive = true;  // what the client asks for
  bool expect_continue = false;
};

// find_head_end answers the size of the header section at the start of `in`, its empty line
// included; 0 where it has not ended. `searched`: how many bytes an earlier call has seen; updated.
size_t find_head_end(ByteView in, size_t& searched);

// parse_head fills `request` (but not its peer) and `facts` from `head`, which ends with its empty
// line.
std::optional<Refusal> parse_head(ByteView head, Request& request, HeadFacts& facts);

Refusal bad_request();
Refusal header_too_large();

// reason_phrase answers RFC 9110's phrase for `status`.
std::string_view reason_phrase(int status);

bool is_token(std::string_view text);        // a method or a header's name
bool is_field_value(std::string_view text);  // no control byte but the tab

}  // namespace coffer::net
