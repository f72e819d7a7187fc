#include "protocol/header_text.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"

namespace coffer::protocol {
namespace {

constexpr size_t kDecodedMax = 8192;  // no user metadata is as long

bool is_printable(char c) { return c >= 0x20 && c < 0x7f; }

std::optional<std::string> decode_q(std::string_view text) {
  std::string escapes;
  for (char c : text) {
    if (c == '%') {
      escapes += "%25";
    } else {
      escapes += c == '=' ? '%' : c == '_' ? ' ' : c;
    }
  }
  return url_decode(escapes);
}

// decode_word takes what stands between "=?" and "?=".
std::optional<std::string> decode_word(std::string_view word) {
  size_t mark = word.find('?');
  if (mark == std::string_view::npos || !iequals(word.substr(0, mark), "utf-8"))
    return std::nullopt;
  word.remove_prefix(mark + 1);
  if (word.size() < 2 || word[1] != '?') return std::nullopt;
  char form = word[0];
  word.remove_prefix(2);
  std::optional<std::string> out;
  if (form == 'B' || form == 'b') out = unbase64(word);
  if (form == 'Q' || form == 'q') out = decode_q(word);
  if (out && !is_utf8(*out)) return std::nullopt;
  return out;
}

// word_end finds the "?=" that ends a word whose charset begins at `from`: the third '?' of the
// word.
size_t word_end(std::string_view text, size_t from) {
  for (int marks = 0; marks < 2; ++marks) {
    from = text.find('?', from);
    if (from == std::string_view::npos) return from;
    ++from;
  }
  return text.find("?=", from);
}

}  // namespace

std::string header_safe(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<uint8_t>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

std::string encode_words(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_printable)) return std::string(text);
  return "=?UTF-8?B?" + base64(text) + "?=";
}

std::string decode_words(std::string_view text) {
  std::string out;
  if (text.size() > kDecodedMax) return std::string(text);
  for (size_t at = 0; at < text.size();) {
    size_t begin = text.find("=?", at);
    size_t end = begin == std::string_view::npos ? begin : word_end(text, begin + 2);
    if (end == std::string_view::npos) return out += text.substr(at);
    auto word = decode_word(text.substr(begin + 2, end - begin - 2));
    if (!word) {
      out += text.substr(at, begin + 2 - at);
      at = begin + 2;
      continue;
    }
    // Blanks between two words are not part of the value.
    bool only_blank = at > 0 && trim(text.substr(at, begin - at)).empty();
    if (!only_blank) out += text.substr(at, begin - at);
    out += *word;
    at = end + 2;
  }
  return out;
}

}  // namespace coffer::protocol
