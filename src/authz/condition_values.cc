#include "authz/condition_values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

#include "base/encoding.h"

namespace coffer::authz {

namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_ipv4(const std::array<uint8_t, 16>& address) {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin());
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(out))
    return std::nullopt;
  return out;
}

std::optional<UnixMs> parse_date(std::string_view text) {
  constexpr UnixMs kSecondsMax = 253'402'300'799;  // the end of the year 9999
  if (auto seconds = parse_uint(text); seconds && text.size() != 4) {
    if (*seconds > static_cast<uint64_t>(kSecondsMax)) return std::nullopt;
    return static_cast<UnixMs>(*seconds) * 1000;
  }
  std::string full(text);
  if (text.size() == 4) full += "-01-01T00:00:00Z";  // YYYY
  if (text.size() == 7) full += "-01T00:00:00Z";     // YYYY-MM
  if (text.size() == 10) full += "T00:00:00Z";       // YYYY-MM-DD
  const bool minutes_only =
      text.size() > 16 && text[10] == 'T' && text[13] == ':' && text[16] != ':';
  if (minutes_only) full.insert(16, ":00");
  return parse_iso8601(full);
}

std::optional<Cidr> parse_cidr(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  if (address.size() > 45 || address.find('\0') != std::string::npos) return std::nullopt;
  Cidr out;
  uint64_t family_bits = 128;
  if (in_addr v4{}; inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), out.address.begin());
    std::memcpy(out.address.data() + kMappedPrefix.size(), &v4, sizeof v4);
    family_bits = 32;
  } else if (inet_pton(AF_INET6, address.c_str(), out.address.data()) != 1) {
    return std::nullopt;
  }
  uint64_t prefix = family_bits;
  if (slash != std::string_view::npos) {
    auto parsed = parse_uint(text.substr(slash + 1));
    if (!parsed || *parsed > family_bits) return std::nullopt;
    prefix = *parsed;
  }
  out.prefix_bits = static_cast<uint8_t>(128 - family_bits + prefix);
  return out;
}

bool contains(const Cidr& range, const std::array<uint8_t, 16>& address) {
  const size_t whole = range.prefix_bits / 8, rest = range.prefix_bits % 8;
  if (!std::equal(address.begin(), address.begin() + static_cast<ptrdiff_t>(whole),
                  range.address.begin()))
    return false;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - rest));
  return (address[whole] & mask) == (range.address[whole] & mask);
}

bool is_broad(const Cidr& range) {
  return is_ipv4(range.address) && range.prefix_bits >= 96 ? range.prefix_bits < 96 + 8
                                                           : range.prefix_bits < 32;
}

}  // namespace coffer::authz
