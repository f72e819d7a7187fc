#include "iam/simulation.h"

#include <memory>

#include "authz/policy.h"
#include "base/arn.h"
#include "iam/impl.h"

namespace coffer::iam {

namespace {

using authz::Policy;
using authz::PolicyKind;

Error invalid(std::string text) { return {"InvalidInput", std::move(text)}; }

Result<std::shared_ptr<const Policy>> compile(const std::string& document, PolicyKind kind,
                                              std::string_view own_arn = {}) {
  auto policy = Policy::parse(document, kind, own_arn);
  if (!policy) return invalid(policy.error().message);
  return policy;
}

Result<std::vector<authz::NamedPolicy>> compile_all(const std::vector<std::string>& documents,
                                                    PolicyKind kind, std::string_view list) {
  std::vector<authz::NamedPolicy> out;
  for (const std::string& document : documents) {
    TRY(auto policy, compile(document, kind));
    out.push_back({fmt::format("{}.{}", list, out.size() + 1), std::move(policy)});
  }
  return out;
}

// check_action refuses what names no single action. The text is AWS's as far as it is known
// (unverified).
Status check_action(std::string_view action) {
  const size_t colon = action.find(':');
  if (colon == action.npos || colon == 0 || colon + 1 == action.size() ||
      action.find_first_of("*?") != action.npos)
    return invalid(fmt::format("Invalid Action Name: {}", action));
  return ok_status();
}

// ResourceSide is how a resource's own policy takes part in the simulation.
struct ResourceSide {
  authz::ResourceRule rule;
  PolicyKind kind;
  std::string own_arn;
};
Result<ResourceSide> side_of(const std::string& resource) {
  const auto arn = Arn::parse(resource);
  if (arn && (arn->service == "s3" || arn->service == "s3express"))
    return ResourceSide{authz::ResourceRule::kBucketPolicy, PolicyKind::kBucket,
                        resource.substr(0, resource.find('/'))};
  if (arn && arn->service == "kms")
    return ResourceSide{authz::ResourceRule::kKeyPolicy, PolicyKind::kKey, resource};
  if (arn && arn->service == "iam" && arn->resource.starts_with("role/"))
    return ResourceSide{authz::ResourceRule::kTrustPolicy, PolicyKind::kTrust, resource};
  return invalid("The ResourcePolicy parameter needs resources that have a policy of their own.");
}

Result<authz::Demand> demand_for(const SimulationRequest& request, const std::string& owner,
                                 const std::string& action, const std::string& resource) {
  authz::Demand out{.action = action, .resource = resource, .resource_account = owner};
  if (auto arn = Arn::parse(resource); arn && is_account_id(arn->account))
    if (request.resource_policy) out.resource_account = arn->account;
  if (request.resource_policy) {
    TRY(ResourceSide side, side_of(resource));
    TRY(out.resource_policy, compile(*request.resource_policy, side.kind, side.own_arn));
    out.rule = side.rule;
  }
  for (const auto& [key, values] : request.context) out.conditions.set(key, values);
  return out;
}

Result<std::string> owner_of(const SimulationRequest& request, const std::string& fallback) {
  if (!request.resource_owner) return fallback;
  if (is_account_id(*request.resource_owner)) return *request.resource_owner;
  auto arn = Arn::parse(*request.resource_owner);
  if (!arn || arn->service != "iam" || !is_account_id(arn->account))
    return invalid("Invalid ResourceOwner.");
  return arn->account;
}

// pretend makes `principal` the user of this ARN. Only users may be simulated callers.
Status pretend(authz::Principal& principal, const std::string& arn_text) {
  const auto arn = Arn::parse(arn_text);
  if (!arn || arn->service != "iam" || !is_account_id(arn->account) ||
      !arn->resource.starts_with("user/"))
    return invalid("Invalid CallerArn: only the ARN of an IAM user can be given.");
  principal = {.type = authz::PrincipalType::kUser, .account = arn->account, .arn = arn_text};
  principal.name = arn->resource.substr(arn->resource.rfind('/') + 1);
  return ok_status();
}

}  // namespace

Result<Authenticated> Iam::Impl::entity(const std::string& arn_text) const {
  const Error missing{"NoSuchEntity", fmt::format("{} cannot be found.", arn_text)};
  const auto arn = Arn::parse(arn_text);
  if (!arn || arn->service != "iam") return invalid("Invalid Entity Arn: " + arn_text);
  const std::string name = arn->resource.substr(arn->resource.rfind('/') + 1);
  Authenticated out;
  if (arn->resource.starts_with("group/")) {
    const GroupPtr group = find_group(arn->account, name);
    if (!group || group->arn() != arn_text) return missing;
    out.principal.type = authz::PrincipalType::kUser;
    out.principal.account = arn->account;
    TRY(out.policies,
        policies_of(arn->account, arn_text, group->inline_policies, group->attached, std::nullopt));
  } else if (arn->resource.starts_with("user/")) {
    auto user = this->user(arn->account, name);
    if (!user.ok() || (*user)->arn() != arn_text) return missing;
    out.principal = (*user)->caller->principal;
    out.policies = (*user)->caller->policies;
  } else if (arn->resource.starts_with("role/")) {
    const RolePtr role = find_role(arn->account, name);
    if (!role || role->arn() != arn_text) return missing;
    out.principal = role->caller->principal;
    out.policies = role->caller->policies;
  } else {
    return invalid("Invalid Entity Arn: " + arn_text);
  }
  add_levels(out);
  return out;
}

Result<std::vector<SimulationResult>> Iam::Impl::simulate(const SimulationRequest& request) const {
  if (request.boundaries.size() > 1)
    return invalid("Only one permissions boundary policy can be given.");
  if (request.actions.size() * std::max<size_t>(request.resources.size(), 1) > kSimulationsMax)
    return invalid("Too many actions and resources to simulate.");
  Authenticated who;
  who.principal.type = authz::PrincipalType::kUser;
  who.principal.account = request.account;
  if (request.source_arn) {
    TRY(who, entity(*request.source_arn));
  }
  const bool is_user =
      who.principal.type == authz::PrincipalType::kUser && !who.principal.arn.empty();
  if (request.caller_arn && *request.caller_arn != who.principal.arn) {
    TRY_OK(pretend(who.principal, *request.caller_arn));
  } else if (request.resource_policy && !is_user) {
    return invalid("CallerArn is required when ResourcePolicy is given.");
  }
  TRY(auto further, compile_all(request.policies, PolicyKind::kIdentity, "PolicyInputList"));
  for (auto& policy : further) who.policies.identity.push_back(std::move(policy));
  TRY(auto boundary,
      compile_all(request.boundaries, PolicyKind::kBoundary, "PermissionsBoundaryPolicyInputList"));
  if (!boundary.empty()) who.policies.boundary = std::move(boundary.front());
  TRY(const std::string owner, owner_of(request, who.principal.account));

  authz::RequestContext caller{.principal = std::move(who.principal),
                               .policies = std::move(who.policies)};
  std::vector<SimulationResult> out;
  const std::vector<std::string> all{"*"};
  for (const std::string& action : request.actions) {
    TRY_OK(check_action(action));
    for (const std::string& resource : request.resources.empty() ? all : request.resources) {
      TRY(auto demand, demand_for(request, owner, action, resource));
      out.push_back({action, resource, authz::simulate(caller, std::move(demand))});
    }
  }
  return out;
}

// Both work on the pool: policies are long, and there may be many decisions.
Task<Result<std::vector<SimulationResult>>> Iam::simulate(SimulationRequest request) const {
  co_return co_await offload(impl_->deps.pool, [impl = impl_.get(), request = std::move(request)] {
    return impl->simulate(request);
  });
}

Task<Result<std::vector<std::string>>> Iam::context_keys(std::optional<std::string> source_arn,
                                                         std::vector<std::string> documents) const {
  using Keys = Result<std::vector<std::string>>;
  co_return co_await offload(
      impl_->deps.pool,
      [impl = impl_.get(), source_arn = std::move(source_arn),
       documents = std::move(documents)]() -> Keys {
        Authenticated who;
        if (source_arn) {
          TRY(who, impl->entity(*source_arn));
        }
        TRY(auto further, compile_all(documents, PolicyKind::kIdentity, "PolicyInputList"));
        std::vector<const Policy*> policies;
        for (const auto& named : who.policies.identity) policies.push_back(named.policy.get());
        for (const auto& named : further) policies.push_back(named.policy.get());
        return authz::context_keys(policies);
      });
}

}  // namespace coffer::iam
