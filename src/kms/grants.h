#pragma once
// Grants: what a key's owner lets another principal do with it, beside the key policy. A grant only
// allows; the engine tries those of the key (authz::Grant). Pure; any thread.
// Source: KMS Developer Guide, "Grants in AWS KMS"; KMS API Reference, CreateGrant.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "authz/context.h"
#include "authz/engine.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "kms/key.h"

namespace coffer::kms {

// GrantRecord is a grant as it is kept. `grantee_principal` of the base is what callers are held
// against: the unique ID of a user or role as it was when the grant was made, else `grantee`.
struct GrantRecord : authz::Grant {
  std::string grantee, retiring;   // as they were named; retiring may be empty
  std::string retiring_principal;  // bound as the grantee's is
  std::string name;                // may be empty
  UnixMs created_ms = 0;
};
using GrantPtr = std::shared_ptr<const GrantRecord>;

constexpr size_t kGrantsPerKeyMax = 50000;
constexpr size_t kConstraintPairsMax = 8;
constexpr size_t kConstraintValueMax = 384;  // characters

// record_of is the record behind one of Key::grants.
inline GrantPtr record_of(const std::shared_ptr<const authz::Grant>& grant) {
  return std::static_pointer_cast<const GrantRecord>(grant);
}
GrantPtr grant_of(const Key& key, std::string_view grant_id);  // null: there is none

// bind_principal answers what a caller is held against: the unique ID of a user or role, the text
// itself of an account's root, a role's session, a federated user or a service.
// Error: InvalidArnException, the text names no principal.
Result<std::string> bind_principal(const std::string& named,
                                   const authz::PrincipalDirectory& principals);

// check_grant judges what was asked for against the key. Errors: ValidationException.
Status check_grant(const Key& key, const GrantRecord& wanted);

// covers tells whether a grant that allows CreateGrant may pass `child` on: no operation more, the
// same constraint or a stricter one.
bool covers(const authz::Grant& parent, const authz::Grant& child);

// A token names a grant: no secret, and no proof of any right. 1..8,192 characters of base64url.
struct GrantName {
  std::string key_arn, grant_id;
};
std::string grant_token(const Key& key, std::string_view grant_id, Random& random);
std::optional<GrantName> parse_grant_token(std::string_view token);  // nullopt: not of our form

}  // namespace coffer::kms
