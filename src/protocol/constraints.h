#pragma once
// Bounds of members, and the sentences that refuse them. Every decoder collects Violations and
// answers them at its end; a hundred are enough.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/codec.h"

namespace coffer::protocol {

inline constexpr int kDepthMax = 32;

// member_path names a member as AWS does: tags.1.member.tagKey.
std::string member_path(std::string_view parent, std::string_view name);

class Violations {
 public:
  void missing(std::string_view path);
  // check holds one present value against the member's bounds; a list's items are the caller's to
  // check.
  void check(const FieldInfo& field, const TypeInfo& type, const void* value,
             std::string_view path);
  // check_item is check for an item of a list, whose bounds are the enumeration alone.
  void check_item(const FieldInfo& field, const TypeInfo& type, const void* value,
                  std::string_view path);
  void add(std::optional<std::string_view> value, std::string_view path, std::string_view must);
  bool empty() const { return sentences_.empty(); }
  Error error(ConstraintStyle style) const;

 private:
  void check_enum(const FieldInfo& field, std::string_view text, std::string_view path);
  void check_length(const FieldInfo& field, const TypeInfo& type, const void* value,
                    std::string_view path);
  void check_number(const FieldInfo& field, std::string_view shown, double value,
                    std::string_view path);
  std::vector<std::string> sentences_;
};

// scalar_from_text fills a scalar from its text form (XML, form, query, header); false: not of the
// kind. Timestamps are taken in ISO 8601, as HTTP dates and as epoch seconds.
bool scalar_from_text(Kind kind, std::string_view text, void* into);
enum class TimeForm : uint8_t { kIso8601, kIso8601Ms, kHttpDate };
// append_scalar writes a scalar's text. Buffers that grow are wiped, since a Secret may be in them.
void append_scalar(Bytes& out, Kind kind, const void* value, TimeForm form);
void append_wiped(Bytes& out, ByteView piece);

}  // namespace coffer::protocol
