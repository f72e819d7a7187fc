// Bucket policies and role trust policies. Source: IAM User Guide, "Policy evaluation for requests
// within a single account" and "Cross-account policy evaluation logic".
#include "authz/evaluate.h"

namespace coffer::authz {

namespace {

// own_account: the resource policy may admit by itself; naming the account only hands the decision
// to the caller's policies.
void within_account(Hearing& hearing, PolicySide side, bool account_alone_suffices) {
  switch (hearing.resource.admission) {
    case Admission::kDirect:
      return hearing.allow(side, hearing.resource.allow);
    case Admission::kRole:
      if (within_limits(hearing)) hearing.allow(side, hearing.resource.allow);
      return;
    case Admission::kNone:
      if (!account_alone_suffices) return hearing.lacks(side);
      [[fallthrough]];
    case Admission::kAccount:
      return by_identity(hearing);
  }
}

}  // namespace

void by_resource_policy(Hearing& hearing, PolicySide side, bool account_alone_suffices) {
  const PrincipalType type = hearing.caller().principal.type;
  if (type == PrincipalType::kAnonymous || type == PrincipalType::kService) {
    if (hearing.resource.admission == Admission::kDirect)
      return hearing.allow(side, hearing.resource.allow);
    if (type == PrincipalType::kService && hearing.identity.allow) return by_identity(hearing);
    return hearing.lacks(side);
  }
  if (hearing.same_account()) return within_account(hearing, side, account_alone_suffices);
  if (hearing.resource.admission == Admission::kNone) return hearing.lacks(side);
  by_identity(hearing);
}

}  // namespace coffer::authz
