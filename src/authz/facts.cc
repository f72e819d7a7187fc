#include "authz/facts.h"

#include <array>
#include <utility>

#include "authz/engine.h"
#include "base/encoding.h"

namespace coffer::authz {

namespace {

constexpr std::string_view kTagPrefix = "aws:principaltag/";

constexpr std::array<std::pair<std::string_view, DerivedKey>, 24> kDerived{{
    {"aws:principalarn", DerivedKey::kPrincipalArn},
    {"aws:principalaccount", DerivedKey::kPrincipalAccount},
    {"aws:principaltype", DerivedKey::kPrincipalType},
    {"aws:userid", DerivedKey::kUserId},
    {"aws:username", DerivedKey::kUserName},
    {"aws:sourceidentity", DerivedKey::kSourceIdentity},
    {"aws:tokenissuetime", DerivedKey::kTokenIssueTime},
    {"aws:securetransport", DerivedKey::kSecureTransport},
    {"aws:currenttime", DerivedKey::kCurrentTime},
    {"aws:epochtime", DerivedKey::kEpochTime},
    {"aws:sourceip", DerivedKey::kSourceIp},
    {"aws:useragent", DerivedKey::kUserAgent},
    {"aws:requestedregion", DerivedKey::kRequestedRegion},
    {"aws:resourceaccount", DerivedKey::kResourceAccount},
    {"s3:resourceaccount", DerivedKey::kResourceAccount},
    {"kms:calleraccount", DerivedKey::kCallerAccount},
    {"kms:viaservice", DerivedKey::kKmsViaService},
    {"aws:principalisawsservice", DerivedKey::kPrincipalIsService},
    {"aws:principalservicename", DerivedKey::kPrincipalServiceName},
    {"aws:viaawsservice", DerivedKey::kViaAwsService},
    {"aws:calledvia", DerivedKey::kCalledVia},
    {"aws:calledviafirst", DerivedKey::kCalledViaFirst},
    {"aws:calledvialast", DerivedKey::kCalledViaLast},
    {"aws:multifactorauthpresent", DerivedKey::kMfaPresent},
}};

const std::string& boolean(bool value) {
  static const std::string kTrue = "true", kFalse = "false";
  return value ? kTrue : kFalse;
}

// one: a value that is empty is an absent key.
KeyValues one(const std::string& value) {
  if (value.empty()) return {};
  return {std::span(&value, 1), true, std::nullopt};
}

const std::string& type_name(PrincipalType type) {
  static const std::array<std::string, 6> kNames{"Anonymous",   "Account",       "User",
                                                 "AssumedRole", "FederatedUser", ""};
  return kNames[static_cast<size_t>(type)];
}

}  // namespace

ConditionKey ConditionKey::of(std::string_view text) {
  ConditionKey key{lower(text), DerivedKey::kNone};
  if (key.name.starts_with(kTagPrefix)) {
    key.derived = DerivedKey::kPrincipalTag;
    return key;
  }
  for (const auto& [name, derived] : kDerived)
    if (name == key.name) key.derived = derived;
  return key;
}

Facts::Facts(const RequestContext& caller, const Demand& demand)
    : caller_(caller), demand_(demand), action_(lower(demand.action)) {}

KeyValues Facts::find(const ConditionKey& key) const {
  if (!more_) {
    more_.emplace();
    if (demand_.more_conditions) demand_.more_conditions(*more_);
  }
  for (const ConditionValues* source :
       {&demand_.conditions, &std::as_const(*more_), &caller_.conditions}) {
    if (const auto* value = source->find(key.name)) {
      KeyValues out{{}, value->sent, std::nullopt};
      if (value->present) out.values = value->effective;
      return out;
    }
  }
  return key.derived == DerivedKey::kNone ? KeyValues{} : derive(key);
}

std::optional<std::string_view> Facts::single(const ConditionKey& key) const {
  const KeyValues found = find(key);
  if (found.values.size() != 1) return std::nullopt;
  return found.values[0];
}

KeyValues Facts::derive(const ConditionKey& key) const {
  switch (key.derived) {
    case DerivedKey::kSecureTransport:
      return one(boolean(caller_.secure_transport));
    case DerivedKey::kCurrentTime:
      return time_of(current_time_, caller_.now_ms, false);
    case DerivedKey::kEpochTime:
      return time_of(epoch_time_, caller_.now_ms, true);
    case DerivedKey::kSourceIp:
      return caller_.via_service.empty() ? one(caller_.source_ip) : KeyValues{};
    case DerivedKey::kUserAgent:
      return one(caller_.user_agent);
    case DerivedKey::kRequestedRegion:
      return one(caller_.region);
    case DerivedKey::kResourceAccount:
      return one(demand_.resource_account);
    case DerivedKey::kCallerAccount:
      return action_.starts_with("kms:") ? one(caller_.principal.account) : KeyValues{};
    case DerivedKey::kKmsViaService:
      return action_.starts_with("kms:") ? one(caller_.via_service) : KeyValues{};
    case DerivedKey::kViaAwsService:
      return one(boolean(!caller_.via_service.empty()));
    case DerivedKey::kCalledVia:
      return {caller_.called_via, !caller_.called_via.empty(), std::nullopt};
    case DerivedKey::kCalledViaFirst:
      return caller_.called_via.empty() ? KeyValues{} : one(caller_.called_via.front());
    case DerivedKey::kCalledViaLast:
      return caller_.called_via.empty() ? KeyValues{} : one(caller_.called_via.back());
    default:
      return of_principal(key);
  }
}

KeyValues Facts::of_principal(const ConditionKey& key) const {
  const Principal& principal = caller_.principal;
  switch (key.derived) {
    case DerivedKey::kPrincipalArn:
      return one(principal.iam_arn());
    case DerivedKey::kPrincipalAccount:
      return one(principal.account);
    case DerivedKey::kPrincipalType:
      return one(type_name(principal.type));
    case DerivedKey::kUserId:
      return one(principal.principal_id);
    case DerivedKey::kUserName:
      return principal.type == PrincipalType::kUser ? one(principal.name) : KeyValues{};
    case DerivedKey::kPrincipalTag:
      return tag(std::string_view(key.name).substr(kTagPrefix.size()));
    case DerivedKey::kSourceIdentity:
      return one(principal.source_identity);
    case DerivedKey::kTokenIssueTime:
      return principal.token_issued_ms ? time_of(token_time_, *principal.token_issued_ms, false)
                                       : KeyValues{};
    case DerivedKey::kPrincipalIsService:
      return one(boolean(principal.type == PrincipalType::kService));
    case DerivedKey::kPrincipalServiceName:
      return principal.type == PrincipalType::kService ? one(principal.name) : KeyValues{};
    case DerivedKey::kMfaPresent:
      return principal.token_issued_ms ? one(boolean(principal.mfa)) : KeyValues{};
    default:
      return {};
  }
}

KeyValues Facts::tag(std::string_view name) const {
  for (const auto& [key, value] : caller_.principal.tags)
    if (iequals(key, name)) return {std::span(&value, 1), true, std::nullopt};
  return {};
}

KeyValues Facts::time_of(std::string& scratch, UnixMs time, bool epoch) const {
  if (scratch.empty()) scratch = epoch ? std::to_string(time / 1000) : iso8601(time);
  return {std::span<const std::string>(&scratch, 1), true, time - time % 1000};
}

}  // namespace coffer::authz
