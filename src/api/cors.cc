#include "api/cors.h"

#include <algorithm>

#include "base/encoding.h"
#include "s3/bucket/configuration.h"
#include "s3/s3.h"

namespace coffer::api {
namespace {

using s3::CorsRule;

constexpr size_t kRequestedHeadersMax = 200;

// matches: at most one `*`, which stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  const std::string_view head = pattern.substr(0, star), tail = pattern.substr(star + 1);
  return text.size() >= head.size() + tail.size() && text.starts_with(head) && text.ends_with(tail);
}

bool allows_header(const CorsRule& rule, const std::string& lower_name) {
  return std::any_of(rule.headers.begin(), rule.headers.end(), [&](const std::string& pattern) {
    return matches(lower(pattern), lower_name);
  });
}

struct Asked {
  std::string_view origin, method;
  std::vector<std::string> headers;  // in lower case
};

// origin_of answers the rule's origin that admits the request; null: the rule does not.
const std::string* origin_of(const CorsRule& rule, const Asked& asked) {
  if (std::find(rule.methods.begin(), rule.methods.end(), asked.method) == rule.methods.end())
    return nullptr;
  for (const std::string& header : asked.headers)
    if (!allows_header(rule, header)) return nullptr;
  for (const std::string& origin : rule.origins)
    if (matches(origin, asked.origin)) return &origin;
  return nullptr;
}

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& text : list) out += out.empty() ? text : ", " + text;
  return out;
}

// put_rule adds the headers of the first rule that admits the request, and tells whether one did.
bool put_rule(const std::vector<CorsRule>& rules, const Asked& asked, net::Headers& headers) {
  for (const CorsRule& rule : rules) {
    const std::string* origin = origin_of(rule, asked);
    if (!origin) continue;
    const bool anyone = *origin == "*";
    headers.add("Access-Control-Allow-Origin", anyone ? "*" : std::string(asked.origin));
    headers.add("Access-Control-Allow-Methods", joined(rule.methods));
    if (!asked.headers.empty()) headers.add("Access-Control-Allow-Headers", joined(asked.headers));
    if (!rule.exposed.empty()) headers.add("Access-Control-Expose-Headers", joined(rule.exposed));
    if (rule.max_age_s) headers.add("Access-Control-Max-Age", std::to_string(*rule.max_age_s));
    if (!anyone) headers.add("Access-Control-Allow-Credentials", "true");
    headers.add("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
    return true;
  }
  return false;
}

Error forbidden(std::string message, const RestTarget& target, std::string_view method) {
  return Error{"AccessForbidden", "CORSResponse: " + std::move(message)}
      .with("Method", std::string(method))
      .with("ResourceType", target.key.empty() ? "BUCKET" : "OBJECT");
}

Result<std::vector<std::string>> requested_headers(std::string_view text) {
  std::vector<std::string> out;
  while (!trim(text).empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string name = lower(trim(text.substr(0, comma)));
    text = comma < text.size() ? text.substr(comma + 1) : std::string_view{};
    if (name.empty()) continue;
    out.push_back(std::move(name));
    if (out.size() > kRequestedHeadersMax)
      return Error{"BadRequest", "Too many headers in Access-Control-Request-Headers"};
  }
  return out;
}

}  // namespace

Result<net::Response> preflight(const Services& services, const net::Request& request,
                                const RestTarget& target) {
  Asked asked{
      request.headers.get("origin"), request.headers.get("access-control-request-method"), {}};
  if (asked.origin.empty())
    return Error{"BadRequest", "Insufficient information. Origin request header needed."};
  const Method method = method_of(asked.method);
  if (method == Method::kNone)
    return Error{"BadRequest", fmt::format("Invalid Access-Control-Request-Method: {}",
                                           asked.method.empty() ? "null" : asked.method)};
  TRY(asked.headers, requested_headers(request.headers.get("access-control-request-headers")));
  const s3::BucketPtr bucket = services.s3 ? services.s3->buckets().find(target.bucket) : nullptr;
  if (!bucket) return forbidden("Bucket not found", target, request.method);
  const auto& rules = s3::configurations(bucket->value).cors;
  if (rules.empty()) return forbidden("CORS is not enabled for this bucket.", target, asked.method);
  net::Response out;
  out.status = 200;
  if (!put_rule(rules, asked, out.headers))
    return forbidden(
        "This CORS request is not allowed. This is usually because the evalution of Origin, "
        "request method / Access-Control-Request-Method or Access-Control-Request-Headers are "
        "not whitelisted by the resource's CORS spec.",
        target, asked.method);
  return out;
}

void add_cors(const Services& services, const Exchange& exchange, net::Response& response) {
  const auto origin = exchange.request.headers.find("origin");
  if (!origin || !services.s3 || exchange.service->service != Service::kS3 ||
      exchange.rest.bucket.empty())
    return;
  const s3::BucketPtr bucket = services.s3->buckets().find(exchange.rest.bucket);
  if (!bucket) return;
  put_rule(s3::configurations(bucket->value).cors, {*origin, exchange.request.method, {}},
           response.headers);
}

}  // namespace coffer::api
