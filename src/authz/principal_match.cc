#include "authz/principal_match.h"

#include <algorithm>

#include "base/arn.h"

namespace coffer::authz {

namespace {

using Kind = PrincipalPattern::Kind;

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

bool is_unique_id(std::string_view text) {
  if (text.size() < 16 || text.size() > 128 ||
      (!text.starts_with("AIDA") && !text.starts_with("AROA")))
    return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

std::optional<Kind> kind_of(const Arn& arn) {
  const std::string_view resource = arn.resource;
  if (arn.service == "iam") {
    if (resource == "root") return Kind::kAccount;
    if (resource.starts_with("user/") && resource.size() > 5) return Kind::kUser;
    if (resource.starts_with("role/") && resource.size() > 5) return Kind::kRole;
  } else if (arn.service == "sts") {
    const auto slashes = std::count(resource.begin(), resource.end(), '/');
    if (resource.starts_with("assumed-role/") && slashes == 2 && !resource.ends_with('/'))
      return Kind::kSession;
    if (resource.starts_with("federated-user/") && slashes == 1 && !resource.ends_with('/'))
      return Kind::kFederatedUser;
  }
  return std::nullopt;
}

std::optional<PrincipalPattern> parse_aws(std::string_view value) {
  PrincipalPattern out{.text = std::string(value)};
  if (value == "*") return out;
  if (is_account_id(value)) {
    out.kind = Kind::kAccount;
    out.account = value;
    return out;
  }
  if (is_unique_id(value)) {
    out.kind = Kind::kUniqueId;
    out.unique_id = value;
    return out;
  }
  auto arn = Arn::parse(value);
  if (!arn || has_wildcard(value) || !is_account_id(arn->account) || !arn->region.empty())
    return std::nullopt;
  auto kind = kind_of(*arn);
  if (!kind) return std::nullopt;
  out.kind = *kind;
  out.account = arn->account;
  return out;
}

Admission names_user(const PrincipalPattern& pattern, const Principal& caller) {
  if (caller.type != PrincipalType::kUser) return Admission::kNone;
  const bool same = pattern.unique_id.empty() ? caller.arn == pattern.text
                                              : caller.principal_id == pattern.unique_id;
  return same ? Admission::kDirect : Admission::kNone;
}

Admission names_role(const PrincipalPattern& pattern, const Principal& caller) {
  if (caller.type != PrincipalType::kAssumedRole) return Admission::kNone;
  const bool same = pattern.unique_id.empty() ? caller.role_arn == pattern.text
                                              : caller.role_id == pattern.unique_id;
  return same ? Admission::kRole : Admission::kNone;
}

Admission direct_if(bool yes) { return yes ? Admission::kDirect : Admission::kNone; }

Admission names(const PrincipalPattern& pattern, const Principal& caller) {
  switch (pattern.kind) {
    case Kind::kAnyone:
      return Admission::kDirect;
    case Kind::kAccount:
      return !caller.account.empty() && caller.account == pattern.account ? Admission::kAccount
                                                                          : Admission::kNone;
    case Kind::kUser:
      return names_user(pattern, caller);
    case Kind::kRole:
      return names_role(pattern, caller);
    case Kind::kUniqueId:
      return std::max(names_user(pattern, caller), names_role(pattern, caller));
    case Kind::kSession:
      return direct_if(caller.type == PrincipalType::kAssumedRole && caller.arn == pattern.text);
    case Kind::kFederatedUser:
      return direct_if(caller.type == PrincipalType::kFederatedUser && caller.arn == pattern.text);
    case Kind::kService:
      return direct_if(caller.type == PrincipalType::kService && caller.name == pattern.text);
    case Kind::kProvider:
    case Kind::kCanonical:
      return Admission::kNone;
  }
  return Admission::kNone;
}

bool excepted(const PrincipalPattern& pattern, const Principal& caller) {
  if (pattern.kind == Kind::kAccount) return caller.is_root() && caller.account == pattern.account;
  return names(pattern, caller) != Admission::kNone;
}

}  // namespace

std::optional<PrincipalPattern> parse_principal(std::string_view key, std::string_view value) {
  if (key == "AWS") return parse_aws(value);
  if (value.empty() || has_wildcard(value)) return std::nullopt;
  PrincipalPattern out{.text = std::string(value)};
  if (key == "Service") {
    if (value.find('.') == std::string_view::npos) return std::nullopt;
    out.kind = Kind::kService;
  } else if (key == "Federated") {
    out.kind = Kind::kProvider;
  } else if (key == "CanonicalUser") {
    out.kind = Kind::kCanonical;
  } else {
    return std::nullopt;
  }
  return out;
}

Admission admission(const Statement& statement, const Principal& caller) {
  if (statement.not_principal) {
    for (const PrincipalPattern& pattern : statement.principals)
      if (excepted(pattern, caller)) return Admission::kNone;
    return Admission::kDirect;
  }
  Admission best = Admission::kNone;
  for (const PrincipalPattern& pattern : statement.principals) {
    if (statement.allow && caller.type == PrincipalType::kService && pattern.kind != Kind::kService)
      continue;
    best = std::max(best, names(pattern, caller));
  }
  return best;
}

Admission grant_admission(std::string_view grantee, const Principal& caller) {
  if (grantee.empty()) return Admission::kNone;
  switch (caller.type) {
    case PrincipalType::kAnonymous:
      return Admission::kNone;
    case PrincipalType::kService:
      return direct_if(caller.name == grantee);
    default:
      break;
  }
  if (grantee == caller.arn || grantee == caller.principal_id)
    return caller.is_root() ? Admission::kAccount : Admission::kDirect;
  if (caller.type == PrincipalType::kAssumedRole &&
      (grantee == caller.role_arn || grantee == caller.role_id))
    return Admission::kRole;
  if (auto arn = Arn::parse(grantee);
      arn && arn->service == "iam" && arn->resource == "root" && arn->account == caller.account)
    return Admission::kAccount;
  return Admission::kNone;
}

}  // namespace coffer::authz
