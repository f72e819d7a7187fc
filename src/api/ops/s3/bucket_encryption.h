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
// shown: what is blocked is told of a general purpose bucket alone.
EncryptionConfiguration shown(const s3::BucketEncryption& encryption, s3::BucketKind kind);

// configure_directory sets a directory bucket's default: the key that was checked, or nullopt for
// SSE-S3. Error: InvalidRequest, another key than that of the bucket's life.
Status configure_directory(const std::optional<std::string>& key_arn, s3::Bucket& bucket);
// check_directory_rule refuses what a directory bucket cannot have. Error: InvalidRequest.
Status check_directory_rule(const EncryptionRule& rule);
// configuration_json is what the trail keeps.
std::string configuration_json(const s3::BucketEncryption& encryption);

}  // namespace coffer::api::s3_ops
