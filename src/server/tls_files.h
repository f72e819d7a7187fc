#pragma once
// The listener's certificate: the operator's own, or one of a local CA under DIR/tls that is made
// once and lasts ten years; its server certificates are renewed by themselves. Slow: start-up and
// the work pool only.
#include "base/clock.h"
#include "net/server.h"
#include "server/config.h"

namespace coffer::server {

struct Certificate {
  net::TlsFiles files;
  std::string ca_path;  // what clients must trust; empty: the operator's own business
  UnixMs not_after = 0;
};

// load_certificate answers what to serve now. A certificate of the local CA is made anew where it
// is missing, ends within 30 days, or lacks a name.
Result<Certificate> load_certificate(const Config& config, UnixMs now);

}  // namespace coffer::server
