#include "api/ops/s3/bucket_encryption.h"

#include <algorithm>

#include "base/encoding.h"
#include "protocol/xml_codec.h"
#include "s3/errors.h"

namespace coffer::api::s3_ops {
namespace {

constexpr std::string_view kRoot = "ServerSideEncryptionConfiguration";
constexpr std::string_view kCustomer = "SSE-C";

Status check_rule(const EncryptionRule& rule) {
  if (!rule.by_default && !rule.blocked && !rule.bucket_key) return s3::malformed_xml();
  if (!rule.by_default) return ok_status();
  if (rule.by_default->algorithm == "AES256" && !rule.by_default->kms_key_id.value_or("").empty())
    return Error{
        "InvalidArgument",
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
        "aws:kms:dsse"}
        .with("ArgumentName", "ApplyServerSideEncryptionByDefault");
  return ok_status();
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

Result<EncryptionConfiguration> parse_configuration(ByteView document) {
  if (trim(document).empty()) return Error{"MissingRequestBodyError", "Request Body is empty"};
  EncryptionConfiguration out;
  static constexpr auto kShape = EncryptionConfiguration::shape();
  TRY_OK(protocol::decode_xml(document, kRoot, kShape, &out));
  if (out.rules.size() != 1) return s3::malformed_xml();
  TRY_OK(check_rule(out.rules.front()));
  return out;
}

s3::BucketEncryption configured(const EncryptionConfiguration& configuration,
                                s3::BucketEncryption now) {
  const EncryptionRule& rule = configuration.rules.front();
  now.configured = true;
  if (rule.by_default) {
    now.algorithm = *s3::parse_algorithm(rule.by_default->algorithm);
    now.kms_key_id = rule.by_default->kms_key_id.value_or("");
  }
  now.bucket_key = rule.bucket_key.value_or(false);
  if (rule.blocked) {
    const auto& types = rule.blocked->types;
    now.block_sse_c = std::find(types.begin(), types.end(), kCustomer) != types.end();
  }
  return now;
}

// The codes are (unverified): S3's documents say 400.
Status check_directory_rule(const EncryptionRule& rule) {
  const auto refused = [](std::string why) { return Error{"InvalidRequest", std::move(why)}; };
  if (!rule.by_default) return s3::malformed_xml();
  if (rule.blocked) return refused("Directory buckets do not support BlockedEncryptionTypes.");
  const std::string& algorithm = rule.by_default->algorithm;
  if (algorithm == "AES256") return ok_status();
  if (algorithm != "aws:kms")
    return refused("Directory buckets do not support dual-layer server-side encryption.");
  const std::string key = rule.by_default->kms_key_id.value_or("");
  if (key.empty() || key.starts_with("alias/") || key.find(":alias/") != key.npos)
    return refused(
        "The KMSMasterKeyID of a directory bucket must be the key ID or key ARN of a customer "
        "managed key. Aliases and the AWS managed key are not supported.");
  if (rule.bucket_key == false)
    return refused("S3 Bucket Keys are always enabled in directory buckets.");
  return ok_status();
}

Status configure_directory(const std::optional<std::string>& key_arn, s3::Bucket& bucket) {
  if (key_arn && !bucket.life_key_arn.empty() && bucket.life_key_arn != *key_arn)
    return Error{"InvalidRequest",
                 "A directory bucket supports only one customer managed key for the lifetime of "
                 "the bucket. After you specify it for SSE-KMS, you cannot override it."};
  s3::BucketEncryption& now = bucket.encryption;
  now.configured = true;
  now.algorithm = key_arn ? s3::Algorithm::kKms : s3::Algorithm::kAes256;
  now.kms_key_id = key_arn.value_or("");
  now.bucket_key = key_arn.has_value();
  if (key_arn) bucket.life_key_arn = *key_arn;
  return ok_status();
}

EncryptionConfiguration shown(const s3::BucketEncryption& encryption, s3::BucketKind kind) {
  EncryptionRule rule;
  rule.by_default.emplace().algorithm = s3::algorithm_name(encryption.algorithm);
  if (!encryption.kms_key_id.empty()) rule.by_default->kms_key_id = encryption.kms_key_id;
  rule.bucket_key = encryption.bucket_key;
  if (kind == s3::BucketKind::kGeneralPurpose)
    rule.blocked.emplace().types.emplace_back(encryption.block_sse_c ? kCustomer : "NONE");
  return {{std::move(rule)}};
}

std::string configuration_json(const s3::BucketEncryption& encryption) {
  std::string key;
  if (!encryption.kms_key_id.empty())
    key = fmt::format(R"(,"KMSMasterKeyID":{})", json_string(encryption.kms_key_id));
  return fmt::format(
      R"({{"Rule":{{"ApplyServerSideEncryptionByDefault":{{"SSEAlgorithm":"{}"{}}},"BucketKeyEnabled":{},)"
      R"("BlockedEncryptionTypes":{{"EncryptionType":"{}"}}}}}})",
      s3::algorithm_name(encryption.algorithm), key, encryption.bucket_key,
      encryption.block_sse_c ? kCustomer : "NONE");
}

}  // namespace coffer::api::s3_ops
