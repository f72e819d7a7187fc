#include "api/ops/s3/source_range.h"

#include "base/encoding.h"
#include "s3/errors.h"

namespace coffer::api::s3_ops {
namespace {

constexpr std::string_view kHeader = "x-amz-copy-source-range";

}  // namespace

Result<std::pair<uint64_t, uint64_t>> parse_source_range(const std::string& header) {
  std::string_view text = header;
  const bool in_bytes = text.starts_with("bytes=");
  if (in_bytes) text.remove_prefix(6);
  const size_t dash = text.find('-');
  const auto first = parse_uint(text.substr(0, dash));
  const auto last = dash == text.npos ? std::nullopt : parse_uint(text.substr(dash + 1));
  if (!in_bytes || !first || !last || *last < *first)
    return s3::invalid_argument(
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and "
        "last are the zero-based offsets of the "
        "first and last bytes to copy",
        std::string(kHeader), header);
  return std::pair(*first, *last);
}

Result<std::string> checked_source_range(const std::string& header, uint64_t bytes) {
  TRY(const auto range, parse_source_range(header));
  if (range.first >= bytes)
    return Error{"InvalidRequest",
                 "The specified copy range is invalid for the source object size"};
  if (range.second >= bytes)
    return s3::invalid_argument(
        fmt::format("Range specified is not valid for source object of size: {}", bytes),
        std::string(kHeader), header);
  return header;
}

}  // namespace coffer::api::s3_ops
