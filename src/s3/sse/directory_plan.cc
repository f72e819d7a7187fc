// Encryption in directory buckets: SSE-S3, or SSE-KMS under the one key of the bucket's life,
// always with a Bucket Key. The codes are (unverified) where S3's documents say no more than 400.
// Source: S3 User Guide, "Server-side encryption for directory buckets"; spec/s3.md C.4.
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "s3/errors.h"
#include "s3/sse/plan.h"

namespace coffer::s3 {

namespace {
Error refused(std::string why) { return {"InvalidRequest", std::move(why)}; }

// own_context: the client may repeat the context that S3 sets, and name no other.
bool own_context(std::string_view header, const Bucket& bucket) {
  const auto text = unbase64(header);
  constexpr size_t kContextBytesMax = 8192;
  if (!text || text->size() > kContextBytesMax || !is_utf8(*text)) return false;
  bool flat = true;
  const auto json = nlohmann::json::parse(
      *text,
      [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json&) {
        using E = nlohmann::json::parse_event_t;
        if (depth > 0 && (event == E::object_start || event == E::array_start)) flat = false;
        return flat;
      },
      false);
  if (!flat || !json.is_object() || json.size() != 1) return false;
  const auto value = json.find(std::string(bucket.rules().context_name));
  return value != json.end() && value->is_string() && value->get<std::string>() == bucket.arn();
}

bool names_life_key(std::string_view key_id, const Bucket& bucket) {
  const std::string& arn = bucket.life_key_arn;
  return key_id == arn || (!key_id.empty() && arn.ends_with(fmt::format(":key/{}", key_id)));
}

// check_request holds what is said of a key against the bucket's own.
Status check_request(const SseRequest& r, const Bucket& bucket) {
  const bool kms = r.algorithm == "aws:kms";
  if (r.customer_key)
    return refused("Directory buckets do not support server-side encryption with customer keys.");
  if (r.algorithm && !kms && *r.algorithm != "AES256")
    return refused(
        "Directory buckets support server-side encryption with the values AES256 and aws:kms.");
  if (!kms && (r.kms_key_id || r.context || r.bucket_key))
    return refused(
        "Server Side Encryption with AWS KMS managed key requires HTTP header "
        "x-amz-server-side-encryption : aws:kms");
  if (!kms) return ok_status();
  if (bucket.life_key_arn.empty())
    return refused(
        "The directory bucket has no customer managed key: set one by PutBucketEncryption first.");
  if (r.kms_key_id && !names_life_key(*r.kms_key_id, bucket))
    return refused(
        "The KMS key must be the customer managed key of the directory bucket's default "
        "encryption, named by its key ID or key ARN.");
  if (r.bucket_key && *r.bucket_key != "true")
    return refused("S3 Bucket Keys are always enabled in directory buckets.");
  if (r.context && !own_context(*r.context, bucket))
    return refused("The encryption context of a directory bucket is the bucket's ARN alone.");
  return ok_status();
}
}  // namespace

Result<Plan> plan_in_directory(const SseRequest& r, const Bucket& bucket,
                               const std::optional<SessionEncryption>& session) {
  TRY_OK(check_request(r, bucket));
  const Algorithm base =
      session && session->algorithm ? *session->algorithm : bucket.encryption.algorithm;
  Plan out;
  out.algorithm = r.algorithm ? *parse_algorithm(*r.algorithm) : base;
  out.by_request = r.algorithm.has_value();
  if (session && out.algorithm != base)
    return refused("The server-side encryption of the request does not match that of the session.");
  if (out.algorithm != Algorithm::kKms) return out;
  out.kms_key_id = bucket.life_key_arn;
  out.bucket_key = true;
  return out;
}

}  // namespace coffer::s3
