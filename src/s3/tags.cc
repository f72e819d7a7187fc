#include "s3/tags.h"

#include <algorithm>

#include "base/encoding.h"

namespace coffer::s3 {

namespace {
constexpr size_t kKeyCharactersMax = 128, kValueCharactersMax = 256;
constexpr std::string_view kReserved = "aws:";

size_t characters(std::string_view utf8) {
  return static_cast<size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Every character beyond ASCII passes for a letter.
bool allowed(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
  return letter || (c >= '0' && c <= '9') ||
         std::string_view(" +-=._:/@").find(c) != std::string_view::npos;
}

bool well_formed(std::string_view text, size_t max) {
  return characters(text) <= max && is_utf8(text) && std::all_of(text.begin(), text.end(), allowed);
}

Error invalid_tag(std::string message, const std::string& key) {
  return Error{"InvalidTag", std::move(message)}.with("TagKey", key);
}
}  // namespace

Result<Tags> make_tags(const TagList& sent, size_t max) {
  if (sent.size() > max)
    return Error{"BadRequest", max == kObjectTagsMax
                                   ? "Object tags cannot be greater than 10"
                                   : "Bucket tag count cannot be greater than 50"};
  Tags out;
  for (const auto& [key, value] : sent) {
    if (key.empty() || !well_formed(key, kKeyCharactersMax))
      return invalid_tag("The TagKey you have provided is invalid", key);
    if (!well_formed(value, kValueCharactersMax))
      return Error{"InvalidTag", "The TagValue you have provided is invalid"}
          .with("TagKey", key)
          .with("TagValue", value);
    if (key.starts_with(kReserved))
      return invalid_tag("System tags cannot be added/updated by requester", key);
    if (!out.emplace(key, value).second)
      return invalid_tag("Cannot provide multiple Tags with the same key", key);
  }
  return out;
}

}  // namespace coffer::s3
