#pragma once
// TLS of the listener: TLS 1.2 and 1.3, forward-secret AEAD suites, X25519 and P-256, session
// tickets, HTTP/1.1 by ALPN. Source: RFC 9325 (recommendations for TLS), RFC 7301 (ALPN).
#include <memory>

#include "net/server.h"

struct ssl_ctx_st;
struct ssl_st;

namespace coffer::net {

using TlsContext = std::shared_ptr<ssl_ctx_st>;

struct TlsSessionFree {
  void operator()(ssl_st* session) const;
};
using TlsSession = std::unique_ptr<ssl_st, TlsSessionFree>;

// make_tls_context refuses a key that does not belong to the certificate (InvalidArgument).
Result<TlsContext> make_tls_context(const TlsFiles& files);

}  // namespace coffer::net
