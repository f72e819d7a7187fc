#pragma once
// What a bucket's owner may configure beside its encryption, versioning and policy. Kept in one row
// beside the bucket's head (docs/formats/bucket.md), shared and immutable in memory.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "s3/bucket/bucket.h"
#include "s3/object/object_lock.h"
#include "s3/tags.h"

namespace coffer::s3 {

struct CorsRule {
  std::string id;
  std::vector<std::string> origins, methods, headers, exposed;
  std::optional<uint32_t> max_age_s;
  friend bool operator==(const CorsRule&, const CorsRule&) = default;
};

struct PublicAccessBlock {
  bool block_acls = true, ignore_acls = true, block_policy = true, restrict_buckets = true;
  friend bool operator==(const PublicAccessBlock&, const PublicAccessBlock&) = default;
};

struct DefaultRetention {
  LockMode mode = LockMode::kGovernance;
  uint32_t days = 0, years = 0;  // one of the two
  friend bool operator==(const DefaultRetention&, const DefaultRetention&) = default;
};

struct LifecycleFilter {
  std::string prefix;
  Tags tags;
  std::optional<uint64_t> bytes_above, bytes_below;
  friend bool operator==(const LifecycleFilter&, const LifecycleFilter&) = default;
};
struct LifecycleRule {
  // Form is how the filter was written, to be answered so.
  enum class Form : uint8_t { kPrefix = 0, kEmpty = 1, kOne = 2, kAnd = 3 };
  std::string id;
  bool enabled = false;
  Form form = Form::kPrefix;
  LifecycleFilter filter;
  std::optional<uint32_t> expiration_days;
  std::optional<UnixMs> expiration_date_ms;
  std::optional<bool> expired_delete_marker;
  std::optional<uint32_t> noncurrent_days, noncurrent_kept;
  std::optional<uint32_t> abort_upload_days;
  friend bool operator==(const LifecycleRule&, const LifecycleRule&) = default;
};

struct Configurations {
  Tags tags;
  std::vector<CorsRule> cors;
  // All on, as AWS makes buckets; absent: taken away by its owner.
  std::optional<PublicAccessBlock> public_access_block = PublicAccessBlock{};
  bool ownership_controls = true;  // BucketOwnerEnforced; false: taken away
  bool object_lock = false;
  std::optional<DefaultRetention> default_retention;
  std::vector<LifecycleRule> lifecycle;
  std::map<std::string, Bytes> inventories;  // by ID: the document as it is answered
  friend bool operator==(const Configurations&, const Configurations&) = default;
};

// configurations answers the bucket's, or what every new bucket has.
const Configurations& configurations(const Bucket& bucket);
// configure replaces them by what `edit` makes of them.
void configure(Bucket& bucket, const std::function<void(Configurations&)>& edit);

}  // namespace coffer::s3
