#pragma once
// AWS Signature Version 2 in the query of a presigned S3 request, the pure part. Source: S3 User
// Guide, "Signing and authenticating REST requests"; botocore's HmacV1QueryAuth for what clients
// really do: it moves x-amz-*, Content-Type and Content-MD5 into the query.
#include <utility>

#include "protocol/sigv4.h"

namespace coffer::protocol {

// Decoded parameters, in the order sent.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;

// presigned_version2 tells whether the query carries a Version 2 signature, whole or not.
bool presigned_version2(const QueryPairs& query);

// parse_version2 reads it. `virtual_bucket`: the one that the Host header names; empty: none.
// Error: AccessDenied, where a parameter is missing or Expires is no number.
Result<SignedRequest> parse_version2(const net::Request& request, const QueryPairs& query,
                                     std::string_view virtual_bucket);

// signed_by_version2 tells whether a query parameter is a part of the text that is signed. Every
// one that makes another operation of a request must be: nobody turns a URL into another one.
bool signed_by_version2(std::string_view parameter);

}  // namespace coffer::protocol
