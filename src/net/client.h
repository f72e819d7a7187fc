#pragma once
// http_over_unix sends one request over a Unix socket and answers the whole response; for the
// subcommands, which are clients of the admin socket. `body` and the answer at most 64 MiB.
// Blocking.
#include "net/http.h"

namespace coffer::net {
struct PlainResponse {
  int status = 0;
  Headers headers;
  Bytes body;
};
Result<PlainResponse> http_over_unix(const std::string& path, std::string_view method,
                                     std::string_view target, const Headers& headers,
                                     ByteView body);
}  // namespace coffer::net
