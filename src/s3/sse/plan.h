#pragma once
// The one encryption decision: what was asked for, what the bucket says, and of which kind it is ->
// how the object will be encrypted. Pure. Every path that writes an object asks here. Source: S3
// User Guide, "Protecting data with server-side encryption"; spec/s3.md A.1-A.4.
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "s3/bucket/bucket.h"
#include "s3/sse/customer_key.h"

namespace coffer::s3 {

// SseRequest is the header family as sent (absent: nullopt).
struct SseRequest {
  std::optional<std::string> algorithm;   // x-amz-server-side-encryption
  std::optional<std::string> kms_key_id;  // …-aws-kms-key-id
  std::optional<std::string> context;     // …-context: base64 of a JSON object of strings
  std::optional<std::string> bucket_key;  // …-bucket-key-enabled
  CustomerKeyPtr customer_key;            // …-customer-*, read
};

// Transport is what SSE-KMS demands of the connection and the signature.
struct Transport {
  bool tls = false;
  bool signature_v4 = false;
};

struct Plan {
  Algorithm algorithm = Algorithm::kAes256;
  std::string kms_key_id;  // as named by the caller or the bucket; empty: aws/s3
  bool bucket_key = false;
  std::map<std::string, std::string> context;  // the caller's own pairs, without S3's
  bool by_request = false;                     // asked for by a header, not by the bucket's default
  CustomerKeyPtr customer_key;                 // SSE-C
};

// SessionEncryption is what a session of a directory bucket has settled: requests within it may
// repeat that and ask for nothing else. `algorithm` absent: the bucket's default.
struct SessionEncryption {
  std::optional<Algorithm> algorithm;
};

// plan decides, by the rules of the bucket's kind. Error: InvalidArgument, in the order of
// spec/s3.md A.4; in a directory bucket InvalidRequest. What the request alone causes comes before
// any permission is looked at.
Result<Plan> plan(const SseRequest& request, const Bucket& bucket,
                  const std::optional<SessionEncryption>& session = std::nullopt);
Result<Plan> plan_in_general(const SseRequest& request, const BucketEncryption& bucket);
Result<Plan> plan_in_directory(const SseRequest& request, const Bucket& bucket,
                               const std::optional<SessionEncryption>& session);

// check_transport refuses SSE-KMS over plain HTTP or without SigV4, SSE-C over plain HTTP; for
// reads too.
Status check_transport(Algorithm algorithm, const Transport& transport);

// parse_context reads the x-amz-server-side-encryption-context header.
Result<std::map<std::string, std::string>> parse_context(std::string_view header);

// check_conflict refuses a customer's key beside another method. Error: InvalidArgument.
Status check_conflict(const std::optional<std::string>& algorithm, bool customer_key);

// refuse_sse_header is for operations that take no encryption headers: 400 where one was sent.
Status refuse_sse_header(const SseRequest& request);

}  // namespace coffer::s3
