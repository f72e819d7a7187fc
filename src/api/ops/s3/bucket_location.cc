#include "api/ops/s3/bucket_location.h"

#include <fmt/format.h>

#include <algorithm>

namespace coffer::api::s3_ops {
namespace {

// Two letters, words and a number: "us-gov-west-1".
bool looks_like_region(std::string_view text) {
  const bool known = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  return known && text.size() >= 9 && text[2] == '-' && text.back() >= '0' && text.back() <= '9' &&
         std::count(text.begin(), text.end(), '-') >= 2;
}

}  // namespace

Status check_location(const std::optional<std::string>& constraint, std::string_view region) {
  const std::string asked = !constraint ? "" : *constraint == "EU" ? "eu-west-1" : *constraint;
  if (asked.empty()) {
    if (region == kFirstRegion) return ok_status();
    return Error{"IllegalLocationConstraintException",
                 "The unspecified location constraint is incompatible for the region specific "
                 "endpoint this request was sent to."};
  }
  if (asked == kFirstRegion || !looks_like_region(asked))
    return Error{"InvalidLocationConstraint", "The specified location-constraint is not valid"}
        .with("LocationConstraint", asked);
  if (asked == region) return ok_status();
  return Error{"IllegalLocationConstraintException",
               fmt::format("The {} location constraint is incompatible for the region specific "
                           "endpoint this request was sent to.",
                           asked)};
}

}  // namespace coffer::api::s3_ops
