#pragma once
// The AWS managed policies that every account finds in place, as far as they bear on the services
// served here. Read-only. Source: AWS Managed Policy Reference Guide.
#include <string_view>
#include <vector>

namespace coffer::authz {

struct ManagedPolicy {
  std::string_view arn;  // arn:aws:iam::aws:policy/…
  std::string_view name;
  std::string_view path;  // "/" or "/service-role/"
  std::string_view description;
  std::string_view document;
};

const std::vector<ManagedPolicy>& managed_policies();  // by ARN, ascending
const ManagedPolicy* find_managed_policy(std::string_view arn);

}  // namespace coffer::authz
