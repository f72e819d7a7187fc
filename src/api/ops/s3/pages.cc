#include "api/ops/s3/pages.h"

#include "api/ops/s3/checksums.h"
#include "base/encoding.h"

namespace coffer::api::s3_ops {
namespace {

constexpr std::string_view kTokenMark = "1:";
constexpr int64_t kPageMax = 1000;

}  // namespace

std::string make_token(std::string_view last) {
  return base64url(std::string(kTokenMark).append(last));
}

Result<std::string> parse_token(const std::optional<std::string>& token,
                                std::string_view parameter) {
  if (!token) return std::string();
  auto text = unbase64url(*token);
  if (token->empty() || !text || !text->starts_with(kTokenMark))
    return s3::invalid_argument("The continuation token provided is incorrect",
                                std::string(parameter), *token);
  return text->substr(kTokenMark.size());
}

Result<KeyEncoding> KeyEncoding::parse(const std::optional<std::string>& encoding_type) {
  KeyEncoding out;
  if (!encoding_type || encoding_type->empty()) return out;
  if (*encoding_type != "url")
    return s3::invalid_argument("Invalid Encoding Method specified in Request", "encoding-type",
                                *encoding_type);
  out.url_ = true;
  return out;
}

std::string KeyEncoding::operator()(std::string_view key) const {
  return url_ ? url_encode(key, true) : std::string(key);
}

std::optional<std::string> KeyEncoding::if_sent(const std::optional<std::string>& key) const {
  return key ? std::optional((*this)(std::string_view(*key))) : std::nullopt;
}

size_t ListQuery::max() const {
  return static_cast<size_t>(std::min(max_keys.value_or(kPageMax), kPageMax));
}

std::vector<Demand> list_demands(const ListQuery& in, const Bucket& bucket, const char* action) {
  std::vector<Demand> out{on_bucket(bucket, action)};
  set_if_sent(out.front(), "s3:prefix", in.prefix);
  set_if_sent(out.front(), "s3:delimiter", in.delimiter);
  if (in.max_keys) out.front().conditions.set("s3:max-keys", std::to_string(*in.max_keys));
  return out;
}

std::vector<ListedObject> listed_objects(const s3::Listed& page, const KeyEncoding& encode,
                                         const std::optional<Owner>& owner) {
  std::vector<ListedObject> out;
  out.reserve(page.items.size());
  for (const auto& [key, head] : page.items) {
    ListedObject item{
        .key = encode(key), .etag = quoted(head.etag), .storage_class = head.storage_class};
    item.last_modified = {head.modified_ms};
    item.size = static_cast<int64_t>(head.bytes);
    item.owner = owner;
    if (head.checksum) {
      item.checksum_algorithms.emplace_back(crypto::checksum_name(head.checksum->algorithm));
      item.checksum_type = type_name(head.checksum->type);
    }
    out.push_back(std::move(item));
  }
  return out;
}

std::vector<CommonPrefix> common_prefixes(const std::vector<std::string>& prefixes,
                                          const KeyEncoding& encode) {
  std::vector<CommonPrefix> out;
  out.reserve(prefixes.size());
  for (const std::string& prefix : prefixes) out.push_back({encode(prefix)});
  return out;
}

}  // namespace coffer::api::s3_ops
