#include "protocol/canonical_request.h"

#include <algorithm>
#include <map>

#include "base/encoding.h"

namespace coffer::protocol {
namespace {

// reencode decodes escapes and encodes what they meant; `sent_slash` keeps a slash that was sent as
// one.
std::string reencode(std::string_view text, bool sent_slash, bool plus_is_space) {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  while (!text.empty()) {
    const size_t plain = find_escape(text, plus_is_space);
    append_url_encoded(out, text.substr(0, plain), sent_slash);
    text.remove_prefix(plain);
    if (text.empty()) break;
    std::optional<Bytes> byte;
    if (text[0] == '%' && text.size() >= 3) byte = unhex(text.substr(1, 2));
    if (byte) {
      append_url_encoded(out, *byte);
    } else if (text[0] == '+') {
      out += "%20";
    } else {
      append_url_encoded(out, text.substr(0, 1));
    }
    text.remove_prefix(byte ? 3 : 1);
  }
  return out;
}

// append_collapsed writes words with one blank between them.
void append_collapsed(std::string& out, std::string_view value) {
  bool gap = false;
  for (char c : trim(value)) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      gap = true;
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    out += c;
  }
}

}  // namespace

std::string canonical_path_s3(std::string_view raw_path) {
  if (raw_path.empty()) return "/";
  return reencode(raw_path, true, false);
}

std::string canonical_path_normalized(std::string_view raw_path) {
  std::vector<std::string_view> kept;
  for (size_t at = 0; at <= raw_path.size();) {
    size_t end = std::min(raw_path.find('/', at), raw_path.size());
    std::string_view segment = raw_path.substr(at, end - at);
    at = end + 1;
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      kept.push_back(segment);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string out;
  for (std::string_view segment : kept) out += "/" + url_encode(segment);
  if (out.empty() || raw_path.ends_with('/')) out += '/';
  return out;
}

std::string canonical_query(std::string_view raw_query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (size_t at = 0; at < raw_query.size();) {
    size_t end = std::min(raw_query.find('&', at), raw_query.size());
    std::string_view piece = raw_query.substr(at, end - at);
    at = end + 1;
    if (piece.empty()) continue;
    size_t equals = std::min(piece.find('='), piece.size());
    std::string name = reencode(piece.substr(0, equals), false, true);
    if (name == "X-Amz-Signature") continue;
    std::string_view value = equals < piece.size() ? piece.substr(equals + 1) : std::string_view{};
    pairs.emplace_back(std::move(name), reencode(value, false, true));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out.append(name).append(1, '=').append(value);
  }
  return out;
}

std::string canonical_headers(const net::Headers& headers, const std::vector<std::string>& names) {
  std::map<std::string, std::string> joined;
  for (const net::Header& header : headers.list()) {
    auto [it, first] = joined.try_emplace(lower(header.name));
    if (!first) it->second += ',';
    append_collapsed(it->second, header.value);
  }
  std::string out;
  for (const std::string& name : names) {
    auto it = joined.find(name);
    out.append(name).append(1, ':');
    if (it != joined.end()) out += it->second;
    out += '\n';
  }
  return out;
}

}  // namespace coffer::protocol
