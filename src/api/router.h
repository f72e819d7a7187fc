#pragma once
// Router tells which operation a request means. Its tables are made once; route() takes a few
// comparisons. Source: spec/s3.md sections 0, 1 and F; spec/kms-iam-sts-cloudtrail.md section 0.
#include <atomic>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "api/service_table.h"

namespace coffer::api {

// Protocol is what can be told before the body and the signature are looked at.
struct Protocol {
  Family family = Family::kRest;
  std::optional<Service>
      service;  // nullopt: a query service, named by the scope; or an unknown JSON target
  std::string_view operation;  // awsJson: after the target's prefix
};

// RestTarget is an S3 request taken apart.
struct RestTarget {
  std::string bucket, key;  // decoded; empty: none
  bool virtual_hosted = false;
  std::vector<std::pair<std::string, std::string>> query;
  Scope scope() const {
    return bucket.empty() ? Scope::kService : key.empty() ? Scope::kBucket : Scope::kObject;
  }
};

class Router {
 public:
  // `domains`: names whose subdomains are buckets; s3.localhost and localhost always are.
  Router(std::span<const OpEntry* const> operations, std::vector<std::string> domains);

  void set_domains(std::vector<std::string> domains);

  // names_bucket tells whether the Host header names a bucket.
  bool names_bucket(std::string_view host) const { return !bucket_of_host(host).empty(); }

  Protocol protocol_of(const net::Request& request) const;

  // split_rest decodes bucket, key and query. Error: InvalidURI.
  Result<RestTarget> split_rest(const net::Request& request) const;
  // find_rest answers the operation. `scope_service` tells ListDirectoryBuckets from ListBuckets.
  // Errors: MethodNotAllowed, NotImplemented.
  Result<const OpEntry*> find_rest(const net::Request& request, const RestTarget& target,
                                   std::string_view scope_service) const;

  // find_form answers the operation that takes its request as a form; null: it is another's.
  const OpEntry* find_form(const net::Request& request, const RestTarget& target) const;

  // find_named answers an operation of an awsJson or awsQuery service, null where there is none of
  // that name.
  const OpEntry* find_named(Service service, std::string_view name) const;

 private:
  struct Condition {
    std::string_view name;
    std::optional<std::string_view> value;
  };
  struct Candidate {
    std::vector<Condition> query;
    std::string_view header;
    const OpEntry* op;
    size_t conditions() const { return query.size() + !header.empty(); }
  };
  using Candidates = std::vector<Candidate>;  // the one with the most conditions first
  static constexpr size_t kMethods = 6, kScopes = 3;

  static std::vector<Condition> conditions_of(std::string_view query);
  static bool holds(const Candidate& candidate, const net::Request& request,
                    const RestTarget& target);
  std::string bucket_of_host(std::string_view host) const;
  Error refusal(const net::Request& request, const RestTarget& target,
                std::string_view subresource) const;
  const Candidates& candidates(Method method, Scope scope) const {
    return rest_[static_cast<size_t>(method)][static_cast<size_t>(scope)];
  }

  std::array<std::array<Candidates, kScopes>, kMethods> rest_;
  std::array<std::unordered_map<std::string_view, const OpEntry*>, 8> named_;
  using Domains = std::vector<std::string>;
  std::atomic<const Domains*> domains_{nullptr};
  std::mutex mutex_;
  std::deque<Domains> all_domains_;  // earlier lists stay, for whoever reads one
};

Method method_of(std::string_view text);

}  // namespace coffer::api
