#pragma once
// What every request for a directory bucket has to be, whatever it asks for: over TLS, signed by
// Version 4, of an operation that such buckets have; and what a session's credentials are good for.
// Source: S3 User Guide, "Directory buckets: API operations", "CreateSession authorization";
// spec/s3.md section 1 and C.
#include "api/exchange.h"

namespace coffer::api {

// check_directory_request judges a request whose caller and operation are known, and writes
// s3express:SessionMode into its context. Requests for other buckets pass, unless they come with a
// session's credentials. Errors: NotSupported, NotImplemented, InvalidRequest, AccessDenied.
Status check_directory_request(Exchange& exchange);

}  // namespace coffer::api
