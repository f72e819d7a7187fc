#pragma once
// Conditional requests. Source: RFC 9110 section 13; S3 User Guide, "Conditional requests".
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace coffer::s3 {

// ReadConditions are those of GET, HEAD and of a copy's source. ETags as sent, quoted or not, "*"
// or a list.
struct ReadConditions {
  std::optional<std::string> if_match, if_none_match;
  std::optional<UnixMs> if_modified_since, if_unmodified_since;
};
enum class ReadOutcome : uint8_t { kProceed, kNotModified };
// judge_read answers whether to go on, 304, or PreconditionFailed. `copy_source`: names in the
// error are x-amz-copy-source-…, and what would be 304 is 412.
Result<ReadOutcome> judge_read(const ReadConditions& c, std::string_view etag, UnixMs modified_ms,
                               bool copy_source);

// WriteConditions are those of PUT and Complete: If-None-Match may only be "*".
struct WriteConditions {
  std::optional<std::string> if_match, if_none_match;
  bool any() const { return if_match || if_none_match; }
};
// DeleteConditions are those of a delete in a directory bucket.
struct DeleteConditions {
  std::optional<std::string> if_match;
  std::optional<UnixMs> modified_ms;
  std::optional<uint64_t> bytes;
  bool any() const { return if_match || modified_ms || bytes; }
};
// judge_delete holds them against the object (no ETag: there is none). Error: PreconditionFailed.
Status judge_delete(const DeleteConditions& c, const std::optional<std::string>& etag,
                    UnixMs modified_ms, uint64_t bytes);
// check_write_conditions refuses what S3 does not accept, before anything is read. Error:
// NotImplemented.
Status check_write_conditions(const WriteConditions& c);
// judge_write holds them against the current object's ETag (nullopt: there is none). Errors:
// PreconditionFailed, NoSuchKey.
Status judge_write(const WriteConditions& c, const std::optional<std::string>& etag,
                   std::string_view key);

}  // namespace coffer::s3
