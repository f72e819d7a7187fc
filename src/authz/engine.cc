#include "authz/engine.h"

#include <algorithm>

#include "authz/evaluate.h"

namespace coffer::authz {

namespace {

const std::string& resource_policy_name(ResourceRule rule) {
  static const std::string kBucket = "bucket policy", kKey = "key policy",
                           kTrust = "role trust policy";
  if (rule == ResourceRule::kKeyPolicy) return kKey;
  return rule == ResourceRule::kTrustPolicy ? kTrust : kBucket;
}

bool has_resource_policy(const Demand& demand) {
  return demand.resource_policy != nullptr &&
         (demand.rule == ResourceRule::kBucketPolicy || demand.rule == ResourceRule::kKeyPolicy ||
          demand.rule == ResourceRule::kTrustPolicy);
}

void list_considered(const RequestContext& caller, const Demand& demand, Decision& decision) {
  const CallerPolicies& policies = caller.policies;
  for (const auto& level : policies.service_control)
    for (const NamedPolicy& named : level) decision.considered.push_back(named.name);
  if (has_resource_policy(demand)) decision.considered.push_back(resource_policy_name(demand.rule));
  for (const NamedPolicy& named : policies.identity) decision.considered.push_back(named.name);
  if (policies.boundary) decision.considered.push_back(policies.boundary->name);
  for (const NamedPolicy& named : policies.session) decision.considered.push_back(named.name);
}

void hear_service_control(Hearing& hearing) {
  for (const auto& level : hearing.caller().policies.service_control) {
    Tally tally;
    read_policies(level, hearing.facts, tally);
    if (tally.deny) {
      hearing.service_control_deny = tally.deny;
      return;
    }
    hearing.service_control_allows = hearing.service_control_allows && tally.allow;
  }
}

void hear(Hearing& hearing) {
  const CallerPolicies& policies = hearing.caller().policies;
  const Demand& demand = hearing.demand();
  hear_service_control(hearing);
  if (has_resource_policy(demand))
    read_policy(*demand.resource_policy, resource_policy_name(demand.rule), hearing.facts,
                hearing.resource);
  read_policies(policies.identity, hearing.facts, hearing.identity);
  if (policies.boundary) {
    hearing.has_boundary = true;
    CHECK(policies.boundary->policy != nullptr);
    read_policy(*policies.boundary->policy, policies.boundary->name, hearing.facts,
                hearing.boundary);
  }
  hearing.has_session = policies.has_session_policy || !policies.session.empty();
  // A federated user has from the identity side what a session policy passed on, and nothing
  // without one.
  if (hearing.caller().principal.type == PrincipalType::kFederatedUser) hearing.has_session = true;
  read_policies(policies.session, hearing.facts, hearing.session);
}

// denied_outright looks for an explicit deny on any side: no allow overrides one.
bool denied_outright(Hearing& hearing) {
  const bool owner = hearing.demand().owner_root_always && hearing.caller().principal.is_root() &&
                     hearing.same_account();
  const PolicySide resource = hearing.demand().rule == ResourceRule::kTrustPolicy
                                  ? PolicySide::kTrust
                                  : PolicySide::kResource;
  if (hearing.service_control_deny) {
    hearing.deny(PolicySide::kServiceControl, hearing.service_control_deny);
  } else if (hearing.resource.deny && !owner) {
    hearing.deny(resource, hearing.resource.deny);
  } else if (hearing.identity.deny) {
    hearing.deny(PolicySide::kIdentity, hearing.identity.deny);
  } else if (hearing.boundary.deny) {
    hearing.deny(PolicySide::kBoundary, hearing.boundary.deny);
  } else if (hearing.session.deny) {
    hearing.deny(PolicySide::kSession, hearing.session.deny);
  } else {
    return false;
  }
  return true;
}

// Services of the program itself do its own upkeep and nothing else.
bool is_internal_service(const Principal& principal) {
  return principal.type == PrincipalType::kService && principal.name.ends_with(".coffer.internal");
}

void by_rule(Hearing& hearing) {
  const Demand& demand = hearing.demand();
  switch (demand.rule) {
    case ResourceRule::kIdentityOnly:
    case ResourceRule::kOperator:
      if (!hearing.same_account() && hearing.caller().principal.type != PrincipalType::kService)
        return hearing.lacks(PolicySide::kResource);
      return by_identity(hearing);
    case ResourceRule::kBucketPolicy:
      return by_resource_policy(hearing, PolicySide::kResource, true);
    case ResourceRule::kTrustPolicy:
      return by_resource_policy(hearing, PolicySide::kTrust, false);
    case ResourceRule::kKeyPolicy:
      return by_key_policy(hearing);
    case ResourceRule::kAuthenticated:
      return;
  }
}

// beyond_session: temporary credentials of a user or an account's root call no IAM, those of a
// federated user no STS either. Source: IAM User Guide, "Compare AWS STS credentials".
bool beyond_session(const Principal& principal, const Demand& demand) {
  if (!principal.token_issued_ms || principal.type == PrincipalType::kAssumedRole) return false;
  if (demand.action.starts_with("iam:")) return !principal.mfa;
  return principal.type == PrincipalType::kFederatedUser && demand.action.starts_with("sts:");
}

// early decides what depends on no policy; true: it is decided.
bool early(Hearing& hearing) {
  const Principal& principal = hearing.caller().principal;
  const Demand& demand = hearing.demand();
  if (demand.rule == ResourceRule::kAuthenticated) {
    hearing.decision.allowed = principal.type != PrincipalType::kAnonymous;
    return true;
  }
  if (is_internal_service(principal)) {
    hearing.decision.allowed =
        demand.rule == ResourceRule::kOperator && demand.action.starts_with("coffer:");
    return true;
  }
  const bool trusted_rule =
      demand.rule == ResourceRule::kBucketPolicy || demand.rule == ResourceRule::kTrustPolicy;
  if (principal.type == PrincipalType::kAnonymous && !trusted_rule) {
    hearing.lacks(PolicySide::kIdentity);
    return true;
  }
  if (beyond_session(principal, demand)) {
    hearing.lacks(PolicySide::kIdentity);
    return true;
  }
  if (demand.cross_account_refused && !hearing.same_account()) {
    hearing.lacks(PolicySide::kResource);
    return true;
  }
  return false;
}

}  // namespace

Decision decide(const RequestContext& caller, const Demand& demand) {
  Decision decision;
  decision.action = demand.action;
  decision.resource = demand.resource;
  const Facts facts(caller, demand);
  Hearing hearing{.facts = facts, .decision = decision};
  if (early(hearing)) return decision;
  list_considered(caller, demand, decision);
  hear(hearing);
  if (denied_outright(hearing)) return decision;
  if (!hearing.service_control_allows) {
    hearing.lacks(PolicySide::kServiceControl);
    return decision;
  }
  by_rule(hearing);
  return decision;
}

Status Engine::judge(DenialStyle style, const RequestContext& caller,
                     const std::vector<Demand>& demands, std::vector<Decision>& decisions,
                     bool& may_learn_missing, Error& missing_refusal,
                     std::vector<std::pair<size_t, Error>>& entry_refusals) {
  std::optional<Error> refusal;
  bool required = false, asked_missing = false, missing_refused = false;
  for (const Demand& demand : demands) {
    decisions.push_back(decide(caller, demand));
    const Decision& decision = decisions.back();
    asked_missing = asked_missing || demand.on_missing;
    required = required || !demand.on_missing;
    if (decision.allowed) continue;
    Error error = denied(style, caller, demand, decision, demand.on_ciphertext);
    if (demand.on_missing) {
      if (!missing_refused) missing_refusal = std::move(error);
      missing_refused = true;
    } else if (demand.entry) {
      entry_refusals.emplace_back(*demand.entry, std::move(error));
    } else if (!refusal) {
      refusal = std::move(error);
    }
  }
  may_learn_missing = asked_missing && !missing_refused;
  if (refusal) return std::move(*refusal);
  if (required) return ok_status();
  const bool exception = style == DenialStyle::kKms || style == DenialStyle::kJson;
  return Error{exception ? "AccessDeniedException" : "AccessDenied", "Access Denied"};
}

}  // namespace coffer::authz
