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

// amz_headers is a line a name, sorted. What stands in a header and in the query alike counts once.
std::string amz_headers(const net::Request& request, const QueryPairs& query) {
  std::map<std::string, std::string> joined;
  const auto take = [&](std::string_view sent_name, std::string_view value, bool hoisted) {
    std::string name = lower(sent_name);
    if (!name.starts_with("x-amz-")) return;
    auto [it, first] = joined.try_emplace(std::move(name), trim(value));
    if (first || (hoisted && it->second == trim(value))) return;
    it->second += ',';
    it->second += trim(value);
  };
  for (const net::Header& header : request.headers.list()) take(header.name, header.value, false);
  for (const auto& [name, value] : query) take(name, value, true);
  std::string out;
  for (const auto& [name, value] : joined) out.append(name).append(":").append(value) += '\n';
  return out;
}

std::string canonical_resource(const net::Request& request, const QueryPairs& query,
                               std::string_view virtual_bucket) {
  std::string out;
  if (!virtual_bucket.empty()) out.append("/").append(virtual_bucket);
  out += request.raw_path();
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
