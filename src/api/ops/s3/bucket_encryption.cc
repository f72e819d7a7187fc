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

EncryptionConfiguration shown(const s3::BucketEncryption& encryption) {
  EncryptionRule rule;
  rule.by_default.emplace().algorithm = s3::algorithm_name(encryption.algorithm);
  if (!encryption.kms_key_id.empty()) rule.by_default->kms_key_id = encryption.kms_key_id;
  rule.bucket_key = encryption.bucket_key;
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
