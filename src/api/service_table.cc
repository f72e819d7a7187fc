#include "api/service_table.h"

namespace coffer::api {
namespace {

using authz::DenialStyle;

constexpr std::string_view kS3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
constexpr std::string_view kControlNamespace = "http://awss3control.amazonaws.com/doc/2018-08-20/";

// In the order of the enumeration.
constexpr std::array<ServiceInfo, 8> kServices{{
    {Service::kS3, Family::kRest, "s3", "s3.amazonaws.com", DenialStyle::kS3, "", "", kS3Namespace},
    {Service::kS3Control, Family::kRest, "s3", "s3.amazonaws.com", DenialStyle::kS3, "", "",
     kControlNamespace},
    {Service::kKms, Family::kJson, "kms", "kms.amazonaws.com", DenialStyle::kKms, "TrentService.",
     "", ""},
    {Service::kIam, Family::kQuery, "iam", "iam.amazonaws.com", DenialStyle::kQuery, "",
     "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/", true},
    {Service::kSts, Family::kQuery, "sts", "sts.amazonaws.com", DenialStyle::kQuery, "",
     "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/", true},
    {Service::kOrganizations, Family::kJson, "organizations", "organizations.amazonaws.com",
     DenialStyle::kJson, "AWSOrganizationsV20161128.", "", "", true},
    {Service::kCloudTrail, Family::kJson, "cloudtrail", "cloudtrail.amazonaws.com",
     DenialStyle::kJson, "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.", "", ""},
    {Service::kCoffer, Family::kJson, "coffer", "coffer.internal", DenialStyle::kJson, "Coffer.",
     "", ""},
}};

constexpr bool in_order() {
  for (size_t i = 0; i < kServices.size(); ++i)
    if (static_cast<size_t>(kServices[i].service) != i) return false;
  return true;
}
static_assert(in_order());

}  // namespace

const ServiceInfo& info_of(Service service) { return kServices[static_cast<size_t>(service)]; }

std::optional<Service> service_of_target(std::string_view x_amz_target) {
  for (const ServiceInfo& info : kServices)
    if (!info.target_prefix.empty() && x_amz_target.starts_with(info.target_prefix))
      return info.service;
  if (x_amz_target.starts_with("CloudTrail_20131101."))
    return Service::kCloudTrail;  // the SDKs' newer spelling
  return std::nullopt;
}

std::optional<Service> query_service_of_scope(std::string_view scope) {
  for (const ServiceInfo& info : kServices)
    if (info.family == Family::kQuery && info.scope == scope) return info.service;
  return std::nullopt;
}

std::optional<Service> query_service_of_version(std::string_view version) {
  for (const ServiceInfo& info : kServices)
    if (info.family == Family::kQuery && info.version == version) return info.service;
  return std::nullopt;
}

protocol::SigningFamily signing_family(Family family) {
  switch (family) {
    case Family::kRest:
      return protocol::SigningFamily::kS3;
    case Family::kJson:
      return protocol::SigningFamily::kJson;
    case Family::kQuery:
      break;
  }
  return protocol::SigningFamily::kQuery;
}

bool is_directory_bucket(std::string_view name) { return name.ends_with("--x-s3"); }

}  // namespace coffer::api
