#pragma once
// A bucket's default encryption as it travels. Source: S3 API Reference,
// ServerSideEncryptionConfiguration; spec/s3.md A.7.
#include <optional>
#include <string>
#include <vector>

#include "api/op.h"
#include "s3/bucket/bucket.h"

namespace coffer::api::s3_ops {

struct EncryptionByDefault {
  std::string algorithm;
  std::optional<std::string> kms_key_id;
  static constexpr auto shape() {
    return fields(body<&EncryptionByDefault::algorithm>("SSEAlgorithm",
                                                        {.values = "AES256|aws:kms|aws:kms:dsse"}),
                  body<&EncryptionByDefault::kms_key_id>("KMSMasterKeyID"));
  }
};
struct BlockedTypes {
  std::vector<std::string> types;
  static constexpr auto shape() {
    return fields(
        body<&BlockedTypes::types>("EncryptionType", {.values = "SSE-C|NONE", .flattened = true}));
  }
};
struct EncryptionRule {
  std::optional<EncryptionByDefault> by_default;
  std::optional<bool> bucket_key;
  std::optional<BlockedTypes> blocked;
  static constexpr auto shape() {
    return fields(body<&EncryptionRule::by_default>("ApplyServerSideEncryptionByDefault"),
                  body<&EncryptionRule::bucket_key>("BucketKeyEnabled"),
                  body<&EncryptionRule::blocked>("BlockedEncryptionTypes"));
  }
};
struct EncryptionConfiguration {
  std::vector<EncryptionRule> rules;
  static constexpr auto shape() {
    return fields(body<&EncryptionConfiguration::rules>("Rule", {.flattened = true}));
  }
};

// parse_configuration reads the document. Errors: MalformedXML, MissingRequestBodyError,
// InvalidArgument.
Result<EncryptionConfiguration> parse_configuration(ByteView document);
// configured answers `now` as the configuration changes it; what is blocked stays blocked where
// nothing is said of it.
s3::BucketEncryption configured(const EncryptionConfiguration& configuration,
                                s3::BucketEncryption now);
EncryptionConfiguration shown(const s3::BucketEncryption& encryption);
// configuration_json is what the trail keeps.
std::string configuration_json(const s3::BucketEncryption& encryption);

}  // namespace coffer::api::s3_ops
