#pragma once
// Where a bucket may be made. Source: S3 API Reference, CreateBucket, LocationConstraint;
// spec/s3.md G.
#include <optional>
#include <string>

#include "base/result.h"

namespace coffer::api::s3_ops {

// The Region that has no location constraint.
inline constexpr std::string_view kFirstRegion = "us-east-1";

// check_location holds what a client asked for against the one Region here. Errors:
// InvalidLocationConstraint, IllegalLocationConstraintException.
Status check_location(const std::optional<std::string>& constraint, std::string_view region);

}  // namespace coffer::api::s3_ops
