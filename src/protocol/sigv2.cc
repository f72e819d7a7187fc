#include "protocol/sigv2.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/encoding.h"

namespace coffer::protocol {
namespace {

constexpr uint64_t kExpiresMax = uint64_t{1} << 40;  // seconds: far from where milliseconds end

// What the canonical resource holds: AWS's list and every other sub-resource that S3 has. Sorted.
constexpr std::string_view kSigned[] = {"abac",
                                        "accelerate",
                                        "acl",
                                        "analytics",
                                        "attributes",
                                        "cors",
                                        "defaultObjectAcl",
                                        "delete",
                                        "encryption",
                                        "intelligent-tiering",
                                        "inventory",
                                        "legal-hold",
                                        "lifecycle",
                                        "location",
                                        "logging",
                                        "metadataConfiguration",
                                        "metadataInventoryTable",
                                        "metadataJournalTable",
                                        "metadataTable",
                                        "metrics",
                                        "notification",
                                        "object-lock",
                                        "ownershipControls",
                                        "partNumber",
                                        "policy",
                                        "policyStatus",
                                        "publicAccessBlock",
                                        "renameObject",
                                        "replication",
                                        "requestPayment",
                                        "response-cache-control",
                                        "response-content-disposition",
                                        "response-content-encoding",
                                        "response-content-language",
                                        "response-content-type",
                                        "response-expires",
                                        "restore",
                                        "retention",
                                        "select",
                                        "select-type",
                                        "session",
                                        "storageClass",
                                        "tagging",
                                        "torrent",
                                        "uploadId",
                                        "uploads",
                                        "versionId",
                                        "versioning",
                                        "versions",
                                        "website"};
static_assert(std::is_sorted(std::begin(kSigned), std::end(kSigned)));

const std::string* find(const QueryPairs& query, std::string_view name) {
  for (const auto& [n, v] : query)
    if (iequals(n, name)) return &v;
  return nullptr;
}

// header_or_query answers what a header says, or the parameter that a presigner made of it.
std::string header_or_query(const net::Request& request, const QueryPairs& query,
                            std::string_view name) {
  if (auto header = request.headers.find(name)) return std::string(*header);
  const std::string* hoisted = find(query, name);
  return hoisted ? *hoisted : std::string();
}

bool is_amz(std::string_view lower_name) { return lower_name.starts_with("x-amz-"); }

bool holds_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

// hides_parameter tells whether a value, as it is written into the text, would read as further
// parameters.
bool hides_parameter(std::string_view value) {
  for (size_t at = value.find('&'); at != std::string_view::npos; at = value.find('&', at + 1)) {
    const std::string_view rest = value.substr(at + 1);
    if (signed_by_version2(rest.substr(0, std::min(rest.find('&'), rest.find('='))))) return true;
  }
  return false;
}

// ambiguous: the text that is signed has neither quotes nor escapes. A query that would make the
// text of another request is refused: nobody drops a header by writing it into another one's value.
bool ambiguous(const net::Request& request, const QueryPairs& query) {
  std::map<std::string, std::string> known;
  for (const auto& [sent_name, value] : query) {
    std::string name = lower(sent_name);
    if (sent_name == "id") return true;  // it chooses a configuration, and nobody would sign it
    if (signed_by_version2(sent_name)) {
      if (hides_parameter(value)) return true;
    } else if (is_amz(name) || name == "content-type" || name == "content-md5") {
      if (holds_control(name) || holds_control(value) || name.find(':') != std::string::npos)
        return true;
      const auto header = request.headers.find(name);
      if (header && *header != value) return true;
    } else {
      continue;
    }
    const auto [it, first] = known.try_emplace(std::move(name), value);
    if (!first && it->second != value) return true;
  }
  return false;
}

// amz_headers is a line a name, sorted. What stands in a header and in the query alike counts once.
std::string amz_headers(const net::Request& request, const QueryPairs& query) {
  std::map<std::string, std::string> joined;
  for (const net::Header& header : request.headers.list()) {
    std::string name = lower(header.name);
    if (!is_amz(name)) continue;
    auto [it, first] = joined.try_emplace(std::move(name), trim(header.value));
    if (!first) it->second.append(",").append(trim(header.value));
  }
  for (const auto& [sent_name, value] : query)
    if (std::string name = lower(sent_name); is_amz(name)) joined.try_emplace(name, trim(value));
  std::string out;
  for (const auto& [name, value] : joined) out.append(name).append(":").append(value) += '\n';
  return out;
}

std::string canonical_resource(const net::Request& request, const QueryPairs& query,
                               std::string_view virtual_bucket) {
  std::string out;
  if (!virtual_bucket.empty()) out.append("/").append(virtual_bucket);
  const std::string_view path = request.raw_path();
  out += path;
  // A bucket alone is signed with a slash at its end, whether the URL has one or not.
  if (virtual_bucket.empty() && path.size() > 1 && path.find('/', 1) == path.npos) out += '/';
  QueryPairs kept;
  for (const auto& pair : query)
    if (signed_by_version2(pair.first)) kept.push_back(pair);
  std::sort(kept.begin(), kept.end());
  char joint = '?';
  for (const auto& [name, value] : kept) {
    out += std::exchange(joint, '&');
    out += name;
    if (!value.empty()) out.append("=").append(value);
  }
  return out;
}

}  // namespace

bool signed_by_version2(std::string_view parameter) {
  return std::binary_search(std::begin(kSigned), std::end(kSigned), parameter);
}

bool presigned_version2(const QueryPairs& query) {
  return std::any_of(query.begin(), query.end(), [](const auto& pair) {
    return pair.first == "AWSAccessKeyId" || pair.first == "Signature";
  });
}

Result<SignedRequest> parse_version2(const net::Request& request, const QueryPairs& query,
                                     std::string_view virtual_bucket) {
  SignedRequest out{.version = SignatureVersion::k2, .presigned = true};
  std::string expires;
  for (const auto& [name, value] : query) {
    if (name == "AWSAccessKeyId" && out.scope.access_key_id.empty())
      out.scope.access_key_id = value;
    if (name == "Signature" && out.signature.empty()) out.signature = value;
    if (name == "Expires" && expires.empty()) expires = value;
  }
  if (out.scope.access_key_id.empty() || out.signature.empty() || expires.empty())
    return Error{"AccessDenied",
                 "Query-string authentication requires the Signature, Expires and AWSAccessKeyId "
                 "parameters"};
  auto seconds = parse_uint(expires);
  if (!seconds || *seconds > kExpiresMax)
    return Error{"AccessDenied",
                 fmt::format("Invalid date (should be seconds since epoch): {}", expires)};
  out.expires_s = static_cast<int64_t>(*seconds);
  if (ambiguous(request, query)) return Error{"InvalidURI", "Couldn't parse the specified URI."};
  out.session_token = header_or_query(request, query, "x-amz-security-token");
  out.s3_session_token = header_or_query(request, query, "x-amz-s3session-token");
  out.payload = PayloadMode::kUnsigned;
  if (auto hash = request.headers.find("x-amz-content-sha256")) {
    TRY(out.payload, parse_payload_mode(*hash));
    out.payload_hash = *hash;
  }
  out.string_to_sign = fmt::format(
      "{}\n{}\n{}\n{}\n{}{}", request.method, header_or_query(request, query, "content-md5"),
      header_or_query(request, query, "content-type"), expires, amz_headers(request, query),
      canonical_resource(request, query, virtual_bucket));
  return out;
}

}  // namespace coffer::protocol
