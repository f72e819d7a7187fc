#pragma once
// What the dispatcher must know of each service: its wire protocol, its names, its words.
#include <array>
#include <optional>
#include <string_view>

#include "api/op.h"
#include "protocol/sigv4.h"

namespace coffer::api {

enum class Family : uint8_t { kRest, kJson, kQuery };

struct ServiceInfo {
  Service service;
  Family family;
  std::string_view scope;         // of a credential: "kms"
  std::string_view event_source;  // in the trail
  authz::DenialStyle denial;
  std::string_view target_prefix;  // awsJson
  std::string_view version;        // awsQuery
  std::string_view xml_namespace;  // awsQuery, restXml
  bool global = false;  // us-east-1 is accepted in a credential scope, whatever the Region
};

const ServiceInfo& info_of(Service service);
std::optional<Service> service_of_target(std::string_view x_amz_target);  // "TrentService.Encrypt"
std::optional<Service> query_service_of_scope(std::string_view scope);
std::optional<Service> query_service_of_version(std::string_view version);

// signing_family chooses the canonical form of a signature and the words of its refusal.
protocol::SigningFamily signing_family(Family family);

// is_directory_bucket tells a directory bucket by its name, as every client does.
bool is_directory_bucket(std::string_view name);

}  // namespace coffer::api
