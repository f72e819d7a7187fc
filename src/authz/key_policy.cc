// The key policy is the root of trust: without it, or a grant, not even the account's root user may
// use a key. Source: KMS Developer Guide, "Determining access to AWS KMS keys" and "Grants in AWS
// KMS".
#include <algorithm>

#include "authz/evaluate.h"

namespace coffer::authz {

namespace {

// These carry no encryption context, so that a grant's constraint does not bear on them.
bool has_no_context(std::string_view operation) {
  return operation == "DescribeKey" || operation == "GetPublicKey" || operation == "CreateGrant" ||
         operation == "RetireGrant";
}

bool constraint_holds(const Grant& grant, const Demand& demand, std::string_view operation) {
  if (grant.constraint == Grant::Constraint::kNone || has_no_context(operation)) return true;
  if (grant.constraint == Grant::Constraint::kContextEquals)
    return grant.context == demand.encryption_context;
  return std::all_of(grant.context.begin(), grant.context.end(), [&](const auto& pair) {
    auto it = demand.encryption_context.find(pair.first);
    return it != demand.encryption_context.end() && it->second == pair.second;
  });
}

// granted answers how `grant` admits the caller to the demanded operation.
Admission granted(const Grant& grant, const Hearing& hearing) {
  constexpr std::string_view kPrefix = "kms:";
  std::string_view operation = hearing.demand().action;
  if (!operation.starts_with(kPrefix)) return Admission::kNone;
  operation.remove_prefix(kPrefix.size());
  if (std::find(grant.operations.begin(), grant.operations.end(), operation) ==
      grant.operations.end())
    return Admission::kNone;
  if (!constraint_holds(grant, hearing.demand(), operation)) return Admission::kNone;
  return grant_admission(grant.grantee_principal, hearing.caller().principal);
}

// by_grant tries the grants. Like a statement for a role, a grant to a role is still bounded by
// boundary and session policy; one to an account leaves the decision to the caller's policies. It
// changes the decision only where it allows.
bool by_grant(Hearing& hearing) {
  for (const auto& grant : hearing.demand().grants) {
    CHECK(grant != nullptr);
    const Admission admitted = granted(*grant, hearing);
    if (admitted == Admission::kNone) continue;
    const bool bounded = (hearing.has_boundary && !hearing.boundary.allow) ||
                         (hearing.has_session && !hearing.session.allow);
    if (admitted != Admission::kDirect && bounded) continue;
    if (admitted == Admission::kAccount && !hearing.identity_allows()) continue;
    hearing.allow(PolicySide::kNone, {});
    hearing.decision.side = PolicySide::kGrant;
    hearing.decision.policy_name = "grant " + grant->grant_id;
    return true;
  }
  return false;
}

}  // namespace

void by_key_policy(Hearing& hearing) {
  if (hearing.caller().principal.type == PrincipalType::kAnonymous)
    return hearing.lacks(PolicySide::kResource);
  if (by_grant(hearing)) return;
  by_resource_policy(hearing, PolicySide::kResource, false);
}

}  // namespace coffer::authz
