#include "base/encoding.h"

#include <algorithm>
#include <array>

namespace coffer {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr uint8_t kNone = 0xff;

using Reverse = std::array<uint8_t, 256>;

constexpr Reverse reverse(std::string_view alphabet) {
  Reverse table{};
  for (auto& value : table) value = kNone;
  for (size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<uint8_t>(alphabet[i])] = static_cast<uint8_t>(i);
  return table;
}

constexpr Reverse kBase64Reverse = reverse(kBase64);
constexpr Reverse kBase64UrlReverse = reverse(kBase64Url);
constexpr Reverse kBase32Reverse = reverse(kBase32);

// encode_bits writes `bytes` in groups of `bits` (5 or 6), the last filled with zero bits.
std::string encode_bits(ByteView bytes, std::string_view alphabet, unsigned bits) {
  std::string out;
  out.reserve((bytes.size() * 8 + bits - 1) / bits + 3);
  uint32_t held = 0;
  unsigned count = 0;
  const uint32_t mask = (1U << bits) - 1;
  for (char c : bytes) {
    held = held << 8 | static_cast<uint8_t>(c);
    for (count += 8; count >= bits;) {
      count -= bits;
      out.push_back(alphabet[held >> count & mask]);
    }
  }
  if (count > 0) out.push_back(alphabet[held << (bits - count) & mask]);
  return out;
}

// decode_bits refuses a length that no encoder makes and filling bits that are not zero: a value
// has one text.
std::optional<Bytes> decode_bits(std::string_view text, const Reverse& table, unsigned bits) {
  if (text.size() * bits % 8 >= bits) return std::nullopt;
  Bytes out;
  out.reserve(text.size() * bits / 8);
  uint32_t held = 0;
  unsigned count = 0;
  for (char c : text) {
    uint8_t value = table[static_cast<uint8_t>(c)];
    if (value == kNone) return std::nullopt;
    held = held << bits | value;
    count += bits;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(held >> count));
    }
  }
  if ((held & ((1U << count) - 1)) != 0) return std::nullopt;
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_unreserved_slowly(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

constexpr auto kUnreserved = [] {
  std::array<bool, 256> out{};
  for (int c = 0; c < 256; ++c)
    out[static_cast<size_t>(c)] = is_unreserved_slowly(static_cast<char>(c));
  return out;
}();
bool is_unreserved(char c) { return kUnreserved[static_cast<uint8_t>(c)]; }

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

std::string hex(ByteView bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(bytes.size() * 2, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto byte = static_cast<uint8_t>(bytes[i]);
    out[2 * i] = kDigits[byte >> 4];
    out[2 * i + 1] = kDigits[byte & 15];
  }
  return out;
}

std::optional<Bytes> unhex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes out(text.size() / 2, '\0');
  for (size_t i = 0; i < out.size(); ++i) {
    int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i] = static_cast<char>(high << 4 | low);
  }
  return out;
}

std::string base64(ByteView bytes) {
  std::string out = encode_bits(bytes, kBase64, 6);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<Bytes> unbase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode_bits(text, kBase64Reverse, 6);
}

std::string base64url(ByteView bytes) { return encode_bits(bytes, kBase64Url, 6); }
std::optional<Bytes> unbase64url(std::string_view text) {
  return decode_bits(text, kBase64UrlReverse, 6);
}
std::string base32(ByteView bytes) { return encode_bits(bytes, kBase32, 5); }
std::optional<Bytes> unbase32(std::string_view text) {
  return decode_bits(text, kBase32Reverse, 5);
}

void append_url_encoded(std::string& out, std::string_view text, bool keep_slash) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  size_t clean = 0;  // what is copied as it is goes in one piece
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_unreserved(c) || (keep_slash && c == '/')) continue;
    out.append(text.substr(clean, i - clean));
    const char escape[] = {'%', kDigits[static_cast<uint8_t>(c) >> 4],
                           kDigits[static_cast<uint8_t>(c) & 15]};
    out.append(escape, sizeof escape);
    clean = i + 1;
  }
  out.append(text.substr(clean));
}

std::string url_encode(std::string_view text, bool keep_slash) {
  std::string out;
  out.reserve(text.size());
  append_url_encoded(out, text, keep_slash);
  return out;
}

size_t find_escape(std::string_view text, bool plus_too) {
  const char other = plus_too ? '+' : '%';
  size_t i = 0;
  while (i < text.size() && text[i] != '%' && text[i] != other) ++i;
  return i;
}

std::optional<std::string> url_decode(std::string_view text, bool plus_is_space) {
  const size_t special = find_escape(text, plus_is_space);
  std::string out(text.substr(0, special));
  if (special == text.size()) return out;
  out.resize(text.size());
  size_t n = special;
  for (size_t i = special; i < text.size(); ++i) {
    if (text[i] != '%') {
      out[n++] = plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out[n++] = static_cast<char>(high << 4 | low);
    i += 2;
  }
  out.resize(n);
  return out;
}

// Source: Unicode 15 table 3-7, well-formed UTF-8 byte sequences.
bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto lead = static_cast<uint8_t>(text[i++]);
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return false;
    uint8_t low = lead == 0xe0   ? 0xa0
                  : lead == 0xf0 ? 0x90
                                 : 0x80;  // no longer form of a shorter sequence
    uint8_t high = lead == 0xed   ? 0x9f
                   : lead == 0xf4 ? 0x8f
                                  : 0xbf;  // no surrogate, nothing above U+10FFFF
    for (int more = lead < 0xe0   ? 1
                    : lead < 0xf0 ? 2
                                  : 3;
         more > 0; --more, low = 0x80, high = 0xbf) {
      if (i == text.size()) return false;
      auto next = static_cast<uint8_t>(text[i++]);
      if (next < low || next > high) return false;
    }
  }
  return true;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower_char);
  return out;
}

bool iequals(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower_char(x) == lower_char(y); });
}

std::string_view trim(std::string_view text) {
  static constexpr std::string_view kBlank = " \t\r\n";
  size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::optional<uint64_t> parse_uint(std::string_view text) {
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    auto digit = static_cast<uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

}  // namespace coffer
