#include "iam/names.h"

#include <set>

#include "base/encoding.h"
#include "iam/secret_access.h"

namespace coffer::iam {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr size_t kPathMax = 512;
constexpr int64_t kPageDefault = 100, kPageMax = 1000;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_name_char(char c) {
  return is_alnum(c) || std::string_view("_+=,.@-").find(c) != std::string_view::npos;
}

Error validation(std::string message) { return Error{"ValidationError", std::move(message)}; }

}  // namespace

Status check_name(std::string_view member, std::string_view name, size_t max) {
  if (name.size() > max)
    return validation(
        fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: "
                    "Member must have length "
                    "less than or equal to {}",
                    name, member, max));
  if (name.empty())
    return validation(
        fmt::format("1 validation error detected: Value '' at '{}' failed to satisfy constraint: "
                    "Member must have length "
                    "greater than or equal to 1",
                    member));
  if (!std::all_of(name.begin(), name.end(), is_name_char))
    return validation(
        fmt::format("The specified value for {} is invalid. It must contain only alphanumeric "
                    "characters and/or the "
                    "following: +=,.@_-",
                    member));
  return ok_status();
}

Status check_path(std::string_view path) {
  bool good = !path.empty() && path.size() <= kPathMax && path.front() == '/' && path.back() == '/';
  good =
      good && std::all_of(path.begin(), path.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
  if (!good)
    return validation(
        "The specified value for path is invalid. It must begin and end with / and contain only "
        "alphanumeric characters "
        "and/or / characters.");
  return ok_status();
}

Status check_tags(const std::vector<Tag>& tags) {
  if (tags.size() > kTagsMax)
    return validation(
        "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must "
        "have length less than or "
        "equal to 50");
  std::set<std::string> keys;
  for (const Tag& tag : tags)
    if (!keys.insert(lower(tag.key)).second)
      return Error{"InvalidInput",
                   "Duplicate tag keys found. Please note that Tag keys are case insensitive."};
  return ok_status();
}

std::string unique_id(Random& random, std::string_view prefix) {
  std::string id(prefix);
  for (char c : random.bytes(17)) id += kBase32[static_cast<uint8_t>(c) & 31];
  return id;
}

// The ten bytes behind the prefix are: one bit set, 40 bits of the account's number, 39 random
// bits.
std::string access_key_id(Random& random, std::string_view prefix, std::string_view account) {
  uint64_t number = parse_uint(account).value_or(0);
  Bytes body = random.bytes(10);
  uint64_t head = (uint64_t{1} << 47) | (number << 7) | (static_cast<uint8_t>(body[5]) & 0x7f);
  for (int i = 0; i < 6; ++i) body[i] = static_cast<char>(head >> (40 - 8 * i));
  return std::string(prefix) + base32(body);
}

std::optional<std::string> account_in(std::string_view access_key_id) {
  if (access_key_id.size() != 20) return std::nullopt;
  std::optional<Bytes> body = unbase32(access_key_id.substr(4));
  if (!body || body->size() != 10) return std::nullopt;
  uint64_t head = 0;
  for (int i = 0; i < 6; ++i) head = head << 8 | static_cast<uint8_t>((*body)[i]);
  return fmt::format("{:012}", (head & 0x7fffffffff80) >> 7);
}

Secret secret_access_key(Random& random) {
  Secret secret(40);
  MutableBytes text = secret.reveal_mutable(IamAccess::get());
  random.fill(text);
  for (char& c : text) c = kBase64[static_cast<uint8_t>(c) & 63];
  return secret;
}

std::string organization_id(Random& random) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string id = "o-";
  while (id.size() < 12)
    if (uint8_t draw = static_cast<uint8_t>(random.bytes(1)[0]); draw < 252)
      id += kAlphabet[draw % 36];
  return id;
}

size_t size_without_space(std::string_view document) {
  return static_cast<size_t>(std::count_if(document.begin(), document.end(), [](char c) {
    return c != ' ' && c != '\t' && c != '\n' && c != '\r';
  }));
}

std::string encode_marker(std::string_view last) { return base64url(last); }

Result<std::string> decode_marker(const std::optional<std::string>& marker) {
  if (!marker) return std::string();
  std::optional<Bytes> last = unbase64url(*marker);
  if (!last || last->empty()) return validation("Invalid Marker.");
  return *std::move(last);
}

Result<size_t> page_size(const PageRequest& page) {
  int64_t max = page.max.value_or(kPageDefault);
  if (max < 1 || max > kPageMax)
    return validation(
        fmt::format("1 validation error detected: Value '{}' at 'maxItems' failed to satisfy "
                    "constraint: Member must have "
                    "value {} than or equal to {}",
                    max, max < 1 ? "greater" : "less", max < 1 ? 1 : kPageMax));
  return static_cast<size_t>(max);
}

}  // namespace coffer::iam
