// The words of a refusal. Source: IAM User Guide, "Troubleshoot access denied error messages".
#include <fmt/format.h>

#include "authz/engine.h"

namespace coffer::authz {

namespace {

constexpr std::string_view kForeignKey =
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy "
    "explicitly denies access";

struct SideWords {
  std::string_view lacking;  // "no … allows"
  std::string_view denying;  // "in …"
};

SideWords words_of(PolicySide side) {
  switch (side) {
    case PolicySide::kResource:
    case PolicySide::kGrant:
      return {"resource-based policy", "a resource-based policy"};
    case PolicySide::kBoundary:
      return {"permissions boundary", "a permissions boundary"};
    case PolicySide::kSession:
      return {"session policy", "a session policy"};
    case PolicySide::kServiceControl:
      return {"service control policy", "a service control policy"};
    case PolicySide::kTrust:
      return {"role trust policy", "the role trust policy"};
    case PolicySide::kNone:
    case PolicySide::kIdentity:
      break;
  }
  return {"identity-based policy", "an identity-based policy"};
}

std::string reason(const Demand& demand, const Decision& decision) {
  const SideWords words = words_of(decision.side);
  if (decision.explicit_deny) return fmt::format("with an explicit deny in {}", words.denying);
  return fmt::format("because no {} allows the {} action", words.lacking, demand.action);
}

std::string who(const Principal& principal) {
  if (principal.type == PrincipalType::kAnonymous) return "anonymous";
  return principal.arn.empty() ? principal.name : principal.arn;
}

std::string opening(const RequestContext& caller, const Demand& demand) {
  return fmt::format("User: {} is not authorized to perform: {}", who(caller.principal),
                     demand.action);
}

bool same_account(const RequestContext& caller, const Demand& demand) {
  return !caller.principal.account.empty() && caller.principal.account == demand.resource_account;
}

std::string s3_text(const RequestContext& caller, const Demand& demand, const Decision& decision) {
  if (!same_account(caller, demand)) return "Access Denied";
  if (demand.resource == "*")
    return fmt::format("{} {}", opening(caller, demand), reason(demand, decision));
  return fmt::format("{} on resource: \"{}\" {}", opening(caller, demand), demand.resource,
                     reason(demand, decision));
}

// A key that is not the caller's own: the same words whether it exists or not, whoever refused.
std::string kms_text(const RequestContext& caller, const Demand& demand, const Decision& decision,
                     bool on_ciphertext) {
  const bool own = same_account(caller, demand);
  const std::string tail = own ? reason(demand, decision) : std::string(kForeignKey);
  if (on_ciphertext)
    return fmt::format("{} on the resource associated with this ciphertext {}",
                       opening(caller, demand), tail);
  if (!own) return fmt::format("{} on this resource {}", opening(caller, demand), tail);
  if (demand.resource == "*") return fmt::format("{} {}", opening(caller, demand), tail);
  return fmt::format("{} on resource: {} {}", opening(caller, demand), demand.resource, tail);
}

std::string plain_text(const RequestContext& caller, const Demand& demand,
                       const Decision& decision) {
  std::string out = opening(caller, demand);
  if (demand.resource != "*") out += fmt::format(" on resource: {}", demand.resource);
  // To one who may not assume a role it looks the same whether it exists or not.
  const bool hides_role = decision.side == PolicySide::kTrust && !decision.explicit_deny;
  if (same_account(caller, demand) && !hides_role) out += " " + reason(demand, decision);
  return out;
}

}  // namespace

Error denied(DenialStyle style, const RequestContext& caller, const Demand& demand,
             const Decision& decision, bool on_ciphertext) {
  switch (style) {
    case DenialStyle::kS3:
      return {"AccessDenied", s3_text(caller, demand, decision)};
    case DenialStyle::kS3ThroughKms:
      if (caller.principal.type == PrincipalType::kAnonymous)
        return {"AccessDenied", "Access Denied"};
      return {"AccessDenied", kms_text(caller, demand, decision, on_ciphertext)};
    case DenialStyle::kKms:
      return {"AccessDeniedException", kms_text(caller, demand, decision, on_ciphertext)};
    case DenialStyle::kQuery:
      return {"AccessDenied", plain_text(caller, demand, decision)};
    case DenialStyle::kJson:
      return {"AccessDeniedException", plain_text(caller, demand, decision)};
  }
  return {"AccessDenied", "Access Denied"};
}

}  // namespace coffer::authz
