#pragma once
// What the operations on grants share. Source: KMS API Reference, GrantListEntry, GrantConstraints.
#include "api/ops/kms/keys.h"
#include "kms/grants.h"

namespace coffer::api::kms_ops {

using kms::GrantPtr;
using kms::GrantRecord;

struct GrantConstraints {
  EncryptionContext subset, equals;
  static constexpr auto shape() {
    return fields(body<&GrantConstraints::subset>("EncryptionContextSubset"),
                  body<&GrantConstraints::equals>("EncryptionContextEquals"));
  }
};

struct GrantEntry {
  std::string key_arn, grant_id, name, grantee, issuing_account;
  Timestamp created;
  std::optional<std::string> retiring;
  std::vector<std::string> operations;
  std::optional<GrantConstraints> constraints;
  static constexpr auto shape() {
    using G = GrantEntry;
    return fields(body<&G::key_arn>("KeyId"), body<&G::grant_id>("GrantId"), body<&G::name>("Name"),
                  body<&G::created>("CreationDate"), body<&G::grantee>("GranteePrincipal"),
                  body<&G::retiring>("RetiringPrincipal"),
                  body<&G::issuing_account>("IssuingAccount"), body<&G::operations>("Operations"),
                  body<&G::constraints>("Constraints"));
  }
};

inline GrantEntry entry_of(const Key& key, const GrantRecord& grant) {
  GrantEntry out{.key_arn = key.arn(),
                 .grant_id = grant.grant_id,
                 .name = grant.name,
                 .grantee = grant.grantee,
                 .issuing_account = fmt::format("arn:aws:iam::{}:root", key.account),
                 .created = {grant.created_ms},
                 .operations = grant.operations};
  if (!grant.retiring.empty()) out.retiring = grant.retiring;
  if (grant.constraint == authz::Grant::Constraint::kContextSubset)
    out.constraints = GrantConstraints{.subset = grant.context};
  if (grant.constraint == authz::Grant::Constraint::kContextEquals)
    out.constraints = GrantConstraints{.equals = grant.context};
  return out;
}

// set_for_service sets kms:GrantIsForAWSResource: a service asks on the caller's behalf.
inline void set_for_service(Demand& demand, const Call& call) {
  demand.conditions.set("kms:GrantIsForAWSResource",
                        std::string(call.caller.via_service.empty() ? "false" : "true"));
}

}  // namespace coffer::api::kms_ops
