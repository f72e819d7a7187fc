#pragma once
// Where a directory bucket is to lie, as CreateBucket says it. Source: S3 API Reference,
// LocationInfo, BucketInfo; spec/s3.md C.1.
#include "api/ops/s3/common.h"

namespace coffer::api::s3_ops {

struct LocationInfo {
  std::optional<std::string> type, name;
  static constexpr auto shape() {
    return fields(body<&LocationInfo::type>("Type"), body<&LocationInfo::name>("Name"));
  }
};
struct BucketInfo {
  std::optional<std::string> data_redundancy, type;
  static constexpr auto shape() {
    return fields(body<&BucketInfo::data_redundancy>("DataRedundancy"),
                  body<&BucketInfo::type>("Type"));
  }
};

// check_directory_location holds name and configuration together, and against the zones of this
// server. Errors: InvalidBucketName, InvalidRequest.
Status check_directory_location(const std::string& bucket, const std::optional<LocationInfo>& at,
                                const std::optional<BucketInfo>& kind,
                                const std::vector<std::string>& zones);

}  // namespace coffer::api::s3_ops
