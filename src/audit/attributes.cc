#include "audit/attributes.h"

#include <algorithm>
#include <array>

namespace coffer::audit {
namespace {

constexpr std::string_view kBucketArn = "arn:aws:s3:::";

struct ParameterResource {
  std::string_view source, parameter, type;
};
// What requests name without a resource of their own in the record.
constexpr auto kParameterResources = std::to_array<ParameterResource>({
    {"iam.amazonaws.com", "userName", "AWS::IAM::User"},
    {"iam.amazonaws.com", "roleName", "AWS::IAM::Role"},
    {"iam.amazonaws.com", "groupName", "AWS::IAM::Group"},
    {"iam.amazonaws.com", "policyArn", "AWS::IAM::Policy"},
    {"iam.amazonaws.com", "accessKeyId", "AWS::IAM::AccessKey"},
    {"sts.amazonaws.com", "roleArn", "AWS::IAM::Role"},
    {"cloudtrail.amazonaws.com", "name", "AWS::CloudTrail::Trail"},
    {"cloudtrail.amazonaws.com", "s3BucketName", "AWS::S3::Bucket"},
});

std::string name_of(const ResourceRef& ref) {
  if (ref.type == "AWS::S3::Bucket" && ref.arn.starts_with(kBucketArn))
    return ref.arn.substr(kBucketArn.size());
  if (ref.type == "AWS::S3Express::DirectoryBucket")
    return ref.arn.substr(std::min(ref.arn.find("bucket/") + 7, ref.arn.size()));
  return ref.arn;
}

bool is_foreign(const Event& e) {
  return !e.recipient_account.empty() && e.recipient_account != e.identity.account;
}

}  // namespace

std::vector<NamedResource> named_resources(const Event& e) {
  std::vector<NamedResource> out;
  for (const ResourceRef& ref : e.resources) out.push_back({ref.type, name_of(ref)});
  for (const ParameterResource& known : kParameterResources) {
    if (known.source != e.source) continue;
    for (const Parameter& p : e.request)
      if (p.name == known.parameter && !p.json && !p.value.empty())
        out.push_back({std::string(known.type), p.value});
  }
  return out;
}

std::string username_of(const Event& e) {
  if (is_foreign(e)) return {};
  switch (e.identity.type) {
    case authz::PrincipalType::kRoot:
      return "root";
    case authz::PrincipalType::kUser:
    case authz::PrincipalType::kAssumedRole:
    case authz::PrincipalType::kFederatedUser:
      return e.identity.name;
    case authz::PrincipalType::kService:
    case authz::PrincipalType::kAnonymous:
      break;
  }
  return {};
}

std::string shown_access_key(const Event& e) {
  return is_foreign(e) ? std::string() : e.identity.access_key_id;
}

void for_each_value(const Event& e, const std::function<void(Attribute, std::string_view)>& found) {
  found(Attribute::kEverything, {});
  if (e.category != Category::kManagement) return;
  found(Attribute::kAny, {});
  found(Attribute::kEventId, e.event_id);
  found(Attribute::kEventName, e.name);
  found(Attribute::kReadOnly, e.read_only ? "true" : "false");
  found(Attribute::kEventSource, e.source);
  if (const std::string name = username_of(e); !name.empty()) found(Attribute::kUsername, name);
  if (const std::string key = shown_access_key(e); !key.empty())
    found(Attribute::kAccessKeyId, key);
  for (const NamedResource& resource : named_resources(e)) {
    found(Attribute::kResourceType, resource.type);
    found(Attribute::kResourceName, resource.name);
  }
  for (const ResourceRef& ref : e.resources) {
    found(Attribute::kResourceName, ref.arn);
    if (const size_t id = ref.arn.find(":key/"); ref.type == "AWS::KMS::Key" && id != ref.arn.npos)
      found(Attribute::kResourceName, std::string_view(ref.arn).substr(id + 5));
  }
}

bool has(const Event& e, Attribute attribute, std::string_view value) {
  bool out = false;
  for_each_value(e, [&](Attribute a, std::string_view v) {
    out = out || (a == attribute && (v == value || a == Attribute::kAny));
  });
  return out;
}

}  // namespace coffer::audit
