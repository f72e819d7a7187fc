#include "api/ops/s3/directory.h"

#include <algorithm>

#include "api/bucket_session.h"

namespace coffer::api::s3_ops {
namespace {

constexpr std::string_view kSseCondition = "s3express:x-amz-server-side-encryption";
constexpr std::string_view kKeyCondition = "s3express:x-amz-server-side-encryption-aws-kms-key-id";
constexpr std::string_view kSseHeader = "x-amz-server-side-encryption";
constexpr std::string_view kKeyHeader = "x-amz-server-side-encryption-aws-kms-key-id";

// The control actions that s3express has, after the service's name. All else is a session's.
constexpr std::string_view kControlActions[] = {
    "CreateBucket",
    "DeleteBucket",
    "DeleteBucketPolicy",
    "GetBucketPolicy",
    "GetEncryptionConfiguration",
    "GetInventoryConfiguration",
    "GetLifecycleConfiguration",
    "GetMetricsConfiguration",
    "PutBucketPolicy",
    "PutEncryptionConfiguration",
    "PutInventoryConfiguration",
    "PutLifecycleConfiguration",
    "PutMetricsConfiguration",
};
static_assert(std::is_sorted(std::begin(kControlActions), std::end(kControlActions)));

std::optional<s3::Algorithm> algorithm_of(iam::SessionSse sse) {
  switch (sse) {
    case iam::SessionSse::kAes256:
      return s3::Algorithm::kAes256;
    case iam::SessionSse::kKms:
      return s3::Algorithm::kKms;
    case iam::SessionSse::kBucketDefault:
      break;
  }
  return std::nullopt;
}

}  // namespace

Demand on_directory_bucket(const Bucket& bucket, std::string_view action) {
  Demand out;
  out.resource = bucket.arn();
  out.resource_account = bucket.owner;
  const std::string_view name = action.substr(action.find(':') + 1);
  if (std::binary_search(std::begin(kControlActions), std::end(kControlActions), name)) {
    out.action = fmt::format("s3express:{}", name);
    return out;
  }
  out.action = "s3express:CreateSession";
  out.also_resources.push_back(out.resource + "/*");
  out.rule = authz::ResourceRule::kBucketPolicy;
  out.resource_policy = bucket.policy;
  return out;
}

void set_session_key(authz::ConditionValues& conditions, const Bucket& bucket,
                     s3::Algorithm algorithm, bool sent) {
  std::optional<std::string> effective;
  if (algorithm == s3::Algorithm::kKms) effective = bucket.life_key_arn;
  conditions.set_effective(kKeyCondition, std::move(effective), sent);
}

Status admit_directory_bucket(const Call& call, const Bucket& bucket) {
  const iam::BucketSession* session = bucket_session(call);
  const bool settled = session && session->has_instance();
  if (settled && session->instance != bucket.instance) return s3::access_denied();
  authz::ConditionValues& conditions = call.caller.conditions;
  if (conditions.find(kKeyCondition)) return ok_status();  // the target's; this is a copy's source
  std::optional<s3::Algorithm> algorithm;
  bool key_sent = false;
  if (settled) {
    algorithm = algorithm_of(session->sse);
    key_sent = !session->sse_key_as_sent.empty();
  } else {
    if (const auto sent = call.request.headers.find(kSseHeader))
      algorithm = s3::parse_algorithm(*sent);
    key_sent = call.request.headers.find(kKeyHeader).has_value();
  }
  if (algorithm) conditions.set(kSseCondition, std::string(s3::algorithm_name(*algorithm)));
  set_session_key(conditions, bucket, algorithm.value_or(bucket.encryption.algorithm), key_sent);
  return ok_status();
}

std::optional<s3::SessionEncryption> settled_encryption(const Call& call) {
  const iam::BucketSession* session = bucket_session(call);
  if (!session || !session->has_instance()) return std::nullopt;
  return s3::SessionEncryption{algorithm_of(session->sse)};
}

}  // namespace coffer::api::s3_ops
