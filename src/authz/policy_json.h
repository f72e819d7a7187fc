#pragma once
// JSON as a policy needs it: order kept, every scalar as its text, no key twice in one object, at
// most 32 levels.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coffer::authz {

struct JsonMember;

struct Json {
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  std::string text;                 // kBool, kNumber, kString
  std::vector<Json> items;          // kArray
  std::vector<JsonMember> members;  // kObject

  bool is_string() const { return kind == Kind::kString; }
  bool is_array() const { return kind == Kind::kArray; }
  bool is_object() const { return kind == Kind::kObject; }
  const Json* member(std::string_view name) const;
};

struct JsonMember {
  std::string name;
  Json value;
};

// parse_json answers nullopt for text that is not JSON, holds a key twice, or is nested deeper than
// 32 levels.
std::optional<Json> parse_json(std::string_view text);

}  // namespace coffer::authz
