#pragma once
// The source of a copy. Source: S3 API Reference, CopyObject, x-amz-copy-source; spec/s3.md A.11.
#include "api/ops/s3/tagging.h"
#include "api/ops/s3/versions.h"

namespace coffer::api::s3_ops {

struct CopySource {
  std::string bucket, key;
  std::optional<std::string> version_id;
};
// parse_copy_source reads "bucket/key[?versionId=…]", percent-encoded, with or without a leading
// slash. Error: InvalidArgument.
Result<CopySource> parse_copy_source(std::string_view header);

// SourceHeaders name the source and what must hold of it.
struct SourceHeaders {
  std::string source;
  std::optional<std::string> expected_owner, customer_algorithm, customer_key_md5;
  std::optional<Secret> customer_key;
  SourceConditionHeaders conditions;
  static constexpr auto shape() {
    using H = SourceHeaders;
    return fields(
        header<&H::source>("x-amz-copy-source"),
        header<&H::expected_owner>("x-amz-source-expected-bucket-owner"),
        header<&H::customer_algorithm>(
            "x-amz-copy-source-server-side-encryption-customer-algorithm"),
        header<&H::customer_key>("x-amz-copy-source-server-side-encryption-customer-key"),
        header<&H::customer_key_md5>("x-amz-copy-source-server-side-encryption-customer-key-MD5"),
        group<&H::conditions>());
  }
};
struct SourceFacts {
  CopySource name;
  BucketPtr bucket;
  s3::CustomerKeyPtr customer_key;
  ExistingTags existing;
};
// source_facts finds the source's bucket. Errors: those of its name, NoSuchBucket; those of a
// customer's key.
Result<SourceFacts> source_facts(const Call& call, const SourceHeaders& headers);
// source_version is what x-amz-copy-source-version-id says.
std::optional<std::string> source_version(const Bucket& bucket, const std::string& version);
// add_source_demands: the right to read the source, and whether its absence may be learned.
void add_source_demands(std::vector<Demand>& demands, const SourceFacts& source);

}  // namespace coffer::api::s3_ops
