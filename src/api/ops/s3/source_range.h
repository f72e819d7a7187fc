#pragma once
// The range of a copied part. Source: S3 API Reference, UploadPartCopy, x-amz-copy-source-range;
// spec/s3.md A.12.
#include <string>
#include <utility>

#include "base/result.h"

namespace coffer::api::s3_ops {

// parse_source_range reads "bytes=first-last". Error: InvalidArgument.
Result<std::pair<uint64_t, uint64_t>> parse_source_range(const std::string& header);
// checked_source_range answers the header where it lies within an object of `bytes`. Errors:
// InvalidRequest, InvalidArgument.
Result<std::string> checked_source_range(const std::string& header, uint64_t bytes);

}  // namespace coffer::api::s3_ops
