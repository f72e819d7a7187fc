#pragma once
// Version IDs as clients have them: "null", or 32 characters that say nothing to the client, out of
// which a version is found by one read. docs/formats/object.md.
#include "s3/object/record.h"

namespace coffer::s3 {

struct VersionId {
  bool null = true;
  uint64_t order = 0;  // 0: no version has it
  Id128 object_id{};

  bool names(const Head& head) const {
    if (null) return !head.has_version_id;
    return head.has_version_id && head.order == order && head.object_id == object_id;
  }
};

VersionId version_of(const Head& head);
std::string version_text(const Head& head);
// parse_version_id: Error InvalidArgument, what no version could be called.
Result<VersionId> parse_version_id(std::string_view text);
Error no_such_version(std::string_view key, std::string_view version_id);

}  // namespace coffer::s3
