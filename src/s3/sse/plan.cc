#include "s3/sse/plan.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr std::string_view kSse = "x-amz-server-side-encryption";
constexpr size_t kContextBytesMax = 8192;

Error kms_header_needed() {
  return invalid_argument(
      "Server Side Encryption with AWS KMS managed key requires HTTP header "
      "x-amz-server-side-encryption : aws:kms",
      std::string(kSse), "");
}
Error bad_context() {
  return invalid_argument(
      "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string "
      "holding JSON which represents a "
      "string-string map",
      "x-amz-server-side-encryption-context", "");
}

// The code for a context that S3 itself sets is (unverified): we refuse it as malformed.
bool reserved(std::string_view key) {
  return iequals(key, "aws:s3:arn") || iequals(key, "aws:s3express:arn");
}
}  // namespace

Result<std::map<std::string, std::string>> parse_context(std::string_view header) {
  auto text = unbase64(header);
  if (!text || text->size() > kContextBytesMax || !is_utf8(*text)) return bad_context();
  // A flat object cannot nest: the depth is bounded before the values are built.
  bool flat = true;
  auto json = nlohmann::json::parse(
      *text,
      [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json&) {
        using E = nlohmann::json::parse_event_t;
        if (depth > 0 && (event == E::object_start || event == E::array_start)) flat = false;
        return flat;
      },
      false);
  if (!flat || !json.is_object()) return bad_context();
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string() || reserved(key)) return bad_context();
    out[key] = value.get<std::string>();
  }
  return out;
}

Result<Plan> plan(const SseRequest& r, const Bucket& bucket,
                  const std::optional<SessionEncryption>& session) {
  return bucket.kind == BucketKind::kDirectory ? plan_in_directory(r, bucket, session)
                                               : plan_in_general(r, bucket.encryption);
}

Result<Plan> plan_in_general(const SseRequest& r, const BucketEncryption& bucket) {
  TRY_OK(check_conflict(r.algorithm, r.customer_key != nullptr));
  Plan out;
  if (r.algorithm) {
    auto algorithm = parse_algorithm(*r.algorithm);
    if (!algorithm)
      return invalid_argument("The encryption method specified is not supported", std::string(kSse),
                              *r.algorithm);
    out.algorithm = *algorithm;
    out.by_request = true;
  }
  const bool asks_dsse = r.algorithm && out.algorithm == Algorithm::kKmsDsse;
  const bool asks_kms = asks_dsse || (r.algorithm && out.algorithm == Algorithm::kKms);
  if (!asks_kms && (r.kms_key_id || r.context)) return kms_header_needed();
  // Two layers have no Bucket Key: that one is asked for is (unverified) refused as without
  // aws:kms.
  if ((!asks_kms || asks_dsse) && r.bucket_key) return kms_header_needed();
  if (r.bucket_key && *r.bucket_key != "true" && *r.bucket_key != "false")
    return invalid_argument(
        "The value of x-amz-server-side-encryption-bucket-key-enabled must be true or false",
        "x-amz-server-side-encryption-bucket-key-enabled", *r.bucket_key);
  if (r.context) {
    TRY(out.context, parse_context(*r.context));
  }
  if (r.customer_key) {
    out.algorithm = Algorithm::kCustomer;
    out.customer_key = r.customer_key;
    out.by_request = true;
  } else if (asks_kms) {
    out.kms_key_id = r.kms_key_id.value_or("");
  } else if (!r.algorithm) {
    out.algorithm = bucket.algorithm;
    out.kms_key_id = bucket.kms_key_id;
  }
  if (out.algorithm == Algorithm::kKms)
    out.bucket_key = r.bucket_key ? *r.bucket_key == "true" : bucket.bucket_key;
  return out;
}

Status check_conflict(const std::optional<std::string>& algorithm, bool customer_key) {
  if (!algorithm || !customer_key) return ok_status();
  return invalid_argument(
      "Server Side Encryption with Customer provided key is incompatible with the encryption "
      "method specified",
      std::string(kSse), *algorithm);
}

Status check_transport(Algorithm algorithm, const Transport& transport) {
  if (algorithm == Algorithm::kCustomer && !transport.tls)
    return Error{"InvalidRequest",
                 "Requests specifying Server Side Encryption with Customer provided keys must be "
                 "made over a secure connection."};
  if (algorithm != Algorithm::kKms && algorithm != Algorithm::kKmsDsse) return ok_status();
  if (!transport.tls)
    return Error{"InvalidArgument",
                 "Requests specifying Server Side Encryption with AWS KMS managed keys must be "
                 "made over a secure connection."};
  if (!transport.signature_v4)
    return invalid_argument(
        "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS "
        "Signature Version 4.",
        "Authorization", "null");
  return ok_status();
}

Status refuse_sse_header(const SseRequest& r) {
  if (!r.algorithm) return ok_status();
  return invalid_argument(
      "x-amz-server-side-encryption header is not supported for this operation.", std::string(kSse),
      *r.algorithm);
}

}  // namespace coffer::s3
