#pragma once
// Pages of the server's own: what lies under /-/, which no bucket can be named, and the metrics
// page. They are no operations.
#include "net/http.h"

namespace coffer::server {

class Instance;

// public_handler answers /-/health/live, /-/health/ready and, in test mode, /-/test/reset and
// /-/test/clock; everything else is the dispatcher's.
net::Handler public_handler(Instance& instance);
net::Handler operator_handler(Instance& instance);
net::Handler metrics_handler(Instance& instance);  // GET /metrics, Prometheus's text form

}  // namespace coffer::server
