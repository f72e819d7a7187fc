#pragma once
// What a simulation of policies is given and answers. Source: IAM API Reference,
// SimulateCustomPolicy, SimulatePrincipalPolicy.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "authz/simulation.h"

namespace coffer::iam {

struct SimulationRequest {
  std::string account;                          // whose request it is
  std::optional<std::string> source_arn;        // a user, group or role: its policies come first
  std::vector<std::string> policies;            // further ones: documents
  std::vector<std::string> boundaries;          // at most one; in place of the source's own
  std::vector<std::string> actions, resources;  // each with each; no resources: "*"
  std::optional<std::string> resource_policy, resource_owner, caller_arn;
  std::vector<std::pair<std::string, std::vector<std::string>>> context;  // key, values
};

struct SimulationResult {
  std::string action, resource;
  authz::Simulated said;
};

inline constexpr size_t kSimulationsMax = 2000;  // actions times resources

}  // namespace coffer::iam
