#include "api/router.h"

#include <algorithm>

#include "base/encoding.h"

namespace coffer::api {
namespace {

constexpr std::string_view kControlPath = "/v20180820/";

// What S3 has beside buckets and objects themselves. Sorted. A request that names one is never
// taken for an operation that does not.
constexpr std::string_view kSubresources[] = {"abac",
                                              "accelerate",
                                              "acl",
                                              "analytics",
                                              "attributes",
                                              "cors",
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
                                              "policy",
                                              "policyStatus",
                                              "publicAccessBlock",
                                              "renameObject",
                                              "replication",
                                              "requestPayment",
                                              "restore",
                                              "retention",
                                              "select",
                                              "session",
                                              "tagging",
                                              "torrent",
                                              "uploadId",
                                              "uploads",
                                              "versioning",
                                              "versions",
                                              "website"};
static_assert(std::is_sorted(std::begin(kSubresources), std::end(kSubresources)));

bool is_subresource(std::string_view name) {
  return std::binary_search(std::begin(kSubresources), std::end(kSubresources), name);
}

// What S3 changes of buckets and we only read.
constexpr std::pair<Method, std::string_view> kUnservedChanges[] = {
    {Method::kPut, "accelerate"},     {Method::kPut, "logging"},   {Method::kPut, "notification"},
    {Method::kPut, "replication"},    {Method::kPut, "website"},   {Method::kPut, "requestPayment"},
    {Method::kDelete, "replication"}, {Method::kDelete, "website"}};

bool is_unserved_change(const net::Request& request, const RestTarget& target,
                        std::string_view subresource) {
  return target.scope() == Scope::kBucket &&
         std::find(std::begin(kUnservedChanges), std::end(kUnservedChanges),
                   std::pair(method_of(request.method), subresource)) != std::end(kUnservedChanges);
}

bool has_action(std::string_view raw_query) {
  return raw_query.starts_with("Action=") || raw_query.find("&Action=") != std::string_view::npos;
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

// Names hold letters, addresses of either kind do not end in one and have no name in front.
bool is_address(std::string_view host) {
  return host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

Error invalid_uri() { return {"InvalidURI", "Couldn't parse the specified URI."}; }

// Each parameter may stand once or more; a broken escape is refused.
Result<std::vector<std::pair<std::string, std::string>>> split_query(std::string_view raw) {
  std::vector<std::pair<std::string, std::string>> out;
  for (size_t at = 0; at < raw.size();) {
    const size_t end = std::min(raw.find('&', at), raw.size());
    const std::string_view piece = raw.substr(at, end - at);
    at = end + 1;
    if (piece.empty()) continue;
    const size_t equals = std::min(piece.find('='), piece.size());
    auto name = url_decode(piece.substr(0, equals), true);
    auto value =
        url_decode(equals < piece.size() ? piece.substr(equals + 1) : std::string_view{}, true);
    if (!name || !value) return invalid_uri();
    if (*name != "x-id") out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

}  // namespace

Method method_of(std::string_view text) {
  static constexpr std::pair<std::string_view, Method> kNames[] = {{"GET", Method::kGet},
                                                                   {"PUT", Method::kPut},
                                                                   {"HEAD", Method::kHead},
                                                                   {"POST", Method::kPost},
                                                                   {"DELETE", Method::kDelete}};
  for (const auto& [name, method] : kNames)
    if (name == text) return method;
  return Method::kNone;
}

Router::Router(std::span<const OpEntry* const> operations, std::vector<std::string> domains) {
  for (const OpEntry* op : operations) {
    const OpSpec& spec = op->spec;
    if (info_of(spec.service).family != Family::kRest) {
      CHECK(named_[static_cast<size_t>(spec.service)].emplace(spec.name, op).second);
      continue;
    }
    if (spec.service != Service::kS3 || spec.route.method == Method::kNone) continue;
    rest_[static_cast<size_t>(spec.route.method)][static_cast<size_t>(spec.route.scope)].push_back(
        {conditions_of(spec.route.query), spec.route.header, op});
  }
  for (auto& scopes : rest_)
    for (Candidates& list : scopes)
      std::sort(list.begin(), list.end(), [](const Candidate& a, const Candidate& b) {
        return std::pair(b.conditions(), a.op->spec.name) <
               std::pair(a.conditions(), b.op->spec.name);
      });
  set_domains(std::move(domains));
}

void Router::set_domains(std::vector<std::string> domains) {
  domains.push_back("s3.localhost");
  domains.push_back("localhost");
  for (std::string& name : domains) name = lower(name);
  std::sort(domains.begin(), domains.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::lock_guard lock(mutex_);
  domains_.store(&all_domains_.emplace_back(std::move(domains)), std::memory_order_release);
}

std::vector<Router::Condition> Router::conditions_of(std::string_view query) {
  std::vector<Condition> out;
  for (size_t at = 0; at < query.size();) {
    const size_t end = std::min(query.find('&', at), query.size());
    const std::string_view piece = query.substr(at, end - at);
    at = end + 1;
    const size_t equals = piece.find('=');
    if (equals == std::string_view::npos) {
      out.push_back({piece, std::nullopt});
    } else {
      out.push_back({piece.substr(0, equals), piece.substr(equals + 1)});
    }
  }
  return out;
}

Protocol Router::protocol_of(const net::Request& request) const {
  const std::string_view path = request.raw_path();
  if (path == "/" && request.method == "POST") {
    if (auto target = request.headers.find("x-amz-target")) {
      auto service = service_of_target(*target);
      return {Family::kJson, service, target->substr(target->rfind('.') + 1)};
    }
    if (lower(request.headers.get("content-type")).starts_with("application/x-www-form-urlencoded"))
      return {Family::kQuery, {}, {}};
  }
  if (path == "/" && request.method == "GET" && has_action(request.raw_query()))
    return {Family::kQuery, {}, {}};
  if (path.starts_with(kControlPath) && request.headers.find("x-amz-account-id"))
    return {Family::kRest, Service::kS3Control, {}};
  return {Family::kRest, Service::kS3, {}};
}

std::string Router::bucket_of_host(std::string_view host) const {
  host = without_port(host);
  if (host.empty() || is_address(host)) return {};
  const std::string name = lower(host);
  for (const std::string& domain : *domains_.load(std::memory_order_acquire)) {
    if (name == domain) return {};
    if (name.size() <= domain.size() + 1 || !name.ends_with(domain)) continue;
    if (name[name.size() - domain.size() - 1] == '.')
      return name.substr(0, name.size() - domain.size() - 1);
  }
  return {};
}

Result<RestTarget> Router::split_rest(const net::Request& request) const {
  RestTarget out;
  std::string_view path = request.raw_path();
  if (!path.starts_with('/')) return invalid_uri();
  path.remove_prefix(1);
  out.bucket = bucket_of_host(request.headers.get("host"));
  out.virtual_hosted = !out.bucket.empty();
  if (!out.virtual_hosted) {
    const size_t slash = std::min(path.find('/'), path.size());
    auto bucket = url_decode(path.substr(0, slash));
    if (!bucket) return invalid_uri();
    out.bucket = std::move(*bucket);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (out.bucket.empty() && !path.empty()) return invalid_uri();
  }
  // An SDK that joins an endpoint's "/" and a key's path sends two slashes to directory buckets,
  // where a key never begins with one.
  if (path.starts_with('/') && is_directory_bucket(out.bucket)) path.remove_prefix(1);
  auto key = url_decode(path);
  if (!key) return invalid_uri();
  out.key = std::move(*key);
  TRY(out.query, split_query(request.raw_query()));
  return out;
}

bool Router::holds(const Candidate& candidate, const net::Request& request,
                   const RestTarget& target) {
  for (const Condition& condition : candidate.query) {
    const bool found = std::any_of(target.query.begin(), target.query.end(), [&](const auto& sent) {
      return sent.first == condition.name && (!condition.value || sent.second == *condition.value);
    });
    if (!found) return false;
  }
  return candidate.header.empty() || request.headers.find(candidate.header);
}

Error Router::refusal(const net::Request& request, const RestTarget& target,
                      std::string_view subresource) const {
  if (request.method == "OPTIONS")
    return {"AccessForbidden", "CORSResponse: CORS is not enabled for this bucket."};
  bool other_method = subresource.empty();
  for (const auto& scopes : rest_)
    for (const Candidate& candidate : scopes[static_cast<size_t>(target.scope())])
      for (const Condition& condition : candidate.query)
        other_method = other_method || condition.name == subresource;
  if (!other_method || is_unserved_change(request, target, subresource))
    return Error{"NotImplemented",
                 "A header you provided implies functionality that is not implemented"}
        .with("Header", std::string(subresource));
  static constexpr std::string_view kKinds[] = {"SERVICE", "BUCKET", "OBJECT"};
  std::string kind(kKinds[static_cast<size_t>(target.scope())]);
  for (char c : subresource)
    if (c != '-') kind += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return Error{"MethodNotAllowed", "The specified method is not allowed against this resource."}
      .with("Method", request.method)
      .with("ResourceType", std::move(kind));
}

Result<const OpEntry*> Router::find_rest(const net::Request& request, const RestTarget& target,
                                         std::string_view scope_service) const {
  const Method method = method_of(request.method);
  const Candidate* found = nullptr;
  for (const Candidate& candidate : candidates(method, target.scope())) {
    if (!holds(candidate, request, target)) continue;
    if (target.bucket.empty() &&
        (candidate.op->spec.name == "ListDirectoryBuckets") != (scope_service == "s3express"))
      continue;
    found = &candidate;
    break;
  }
  for (const auto& [name, value] : target.query) {
    if (!is_subresource(name)) continue;
    const bool meant = found && std::any_of(found->query.begin(), found->query.end(),
                                            [&](const auto& c) { return c.name == name; });
    if (!meant) return refusal(request, target, name);
  }
  if (!found) return refusal(request, target, {});
  return found->op;
}

const OpEntry* Router::find_form(const net::Request& request, const RestTarget& target) const {
  if (request.method != "POST" || target.scope() != Scope::kBucket) return nullptr;
  auto found = find_rest(request, target, {});
  return found.ok() && (*found)->spec.streams == Streams::kForm ? *found : nullptr;
}

const OpEntry* Router::find_named(Service service, std::string_view name) const {
  const auto& names = named_[static_cast<size_t>(service)];
  auto it = names.find(name);
  return it == names.end() ? nullptr : it->second;
}

}  // namespace coffer::api
