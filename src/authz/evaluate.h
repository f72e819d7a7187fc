#pragma once
// Evaluation of policy sets: what they say about one demand, before the sides are put together.
#include <string>
#include <vector>

#include "authz/principal_match.h"

namespace coffer::authz {

// Said is one statement that spoke, and the policy it stands in.
struct Said {
  const Statement* statement = nullptr;
  const std::string* policy_name = nullptr;
  explicit operator bool() const { return statement != nullptr; }
};

// Tally is what one side says: its first deny, and its first allow, of a resource policy the one
// that admits best.
struct Tally {
  Said deny, allow;
  Admission admission = Admission::kNone;  // of `allow`, in a resource or trust policy
};

bool action_matches(const Statement& statement, const Facts& facts);
bool resource_matches(const Statement& statement, const Facts& facts);
bool conditions_hold(const Statement& statement, const Facts& facts);

// read_policy adds to `tally` what `policy` says. The walk ends at a deny.
void read_policy(const Policy& policy, const std::string& name, const Facts& facts, Tally& tally);
void read_policies(const std::vector<NamedPolicy>& policies, const Facts& facts, Tally& tally);

// Hearing holds what every side says about one demand.
struct Hearing {
  const Facts& facts;
  Tally identity, boundary, session, resource;
  bool has_boundary = false, has_session = false;
  Said service_control_deny;
  bool service_control_allows = true;
  Decision& decision;

  const RequestContext& caller() const { return facts.caller(); }
  const Demand& demand() const { return facts.demand(); }
  bool same_account() const;
  // identity_allows: an identity policy allows, or the caller is an account's root user, whom
  // nothing has to allow.
  bool identity_allows() const { return identity.allow || caller().principal.is_root(); }

  void deny(PolicySide side, const Said& said);  // explicitly
  void lacks(PolicySide side);                   // nobody on this side allows
  void allow(PolicySide side, const Said& said);
};

// within_limits checks boundary and session policy, which bound what others allow. It writes the
// refusal.
bool within_limits(Hearing& hearing);

// by_identity decides by the caller's own policies and their limits.
void by_identity(Hearing& hearing);

// Each decides one ResourceRule, once no policy denies.
void by_resource_policy(Hearing& hearing, PolicySide side,
                        bool account_alone_suffices);  // bucket and trust policies
void by_key_policy(Hearing& hearing);

}  // namespace coffer::authz
