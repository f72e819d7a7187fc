#pragma once
// Cross-origin requests: what a browser asks before it sends one, and what an answer must say for a
// page to read it. Source: S3 User Guide, "Using cross-origin resource sharing (CORS)"; the WHATWG
// Fetch standard, "CORS protocol".
#include "api/exchange.h"

namespace coffer::api {

// preflight answers an OPTIONS request, which nobody signs. Errors: BadRequest; AccessForbidden.
Result<net::Response> preflight(const Services& services, const net::Request& request,
                                const RestTarget& target);
// add_cors puts into the answer of a request that came from a page what the bucket's rules allow.
void add_cors(const Services& services, const Exchange& exchange, net::Response& response);

}  // namespace coffer::api
