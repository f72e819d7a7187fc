#pragma once
// Who a resource policy's Principal means. Source: IAM User Guide, "AWS JSON policy elements:
// Principal" and "NotPrincipal".
#include <optional>
#include <string>
#include <string_view>

#include "authz/engine.h"
#include "authz/statement.h"

namespace coffer::authz {

// Admission says how a statement names the caller. The order matters: the later, the less else must
// agree.
enum class Admission : uint8_t {
  kNone,
  kAccount,  // names the caller's account: delegation, the caller's own policies decide
  kRole,     // names the session's role: boundary and session policy still limit
  kDirect,   // names the user, the session, the federated user, the service; or everybody
};

// parse_principal reads one value of Principal under `key` ("AWS", "Service", "Federated",
// "CanonicalUser"). nullopt: no principal.
std::optional<PrincipalPattern> parse_principal(std::string_view key, std::string_view value);

// admission is how `statement`, of a resource or trust policy, names the caller. A Deny counts
// every way; an Allow for "*" does not mean services. NotPrincipal answers kDirect for callers it
// does not except; the account in it excepts the account's root user alone, so that users and
// sessions are excepted only by name.
Admission admission(const Statement& statement, const Principal& caller);

// grant_admission is how a grant's grantee (an ARN, a unique ID or a service's name) names the
// caller.
Admission grant_admission(std::string_view grantee, const Principal& caller);

}  // namespace coffer::authz
