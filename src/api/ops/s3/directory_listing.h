#pragma once
// Lists of directory buckets: what may be asked, and the prefixes that only uploads under way have.
// Source: S3 API Reference, ListObjectsV2 and ListMultipartUploads, "Directory buckets"; spec/s3.md
// C.6.
#include "api/ops/s3/pages.h"

namespace coffer::api::s3_ops {

// check_directory_listing: a prefix ends in a slash, and that is the one delimiter. Error:
// InvalidRequest.
Status check_directory_listing(const std::optional<std::string>& prefix,
                               const std::optional<std::string>& delimiter);

// add_upload_prefixes adds to a page of objects the common prefixes of uploads under way.
Task<Result<s3::Listed>> add_upload_prefixes(Call& call, s3::ListOptions options, s3::Listed page);

}  // namespace coffer::api::s3_ops
