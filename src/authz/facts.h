#pragma once
// Facts answers condition keys for one decision: what the caller of decide() set, then what follows
// from the principal and the request. Derived values are made only when a policy asks for them.
// Source: IAM User Guide, "AWS global condition context keys".
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "authz/context.h"

namespace coffer::authz {

struct Demand;

// DerivedKey names the keys that Facts itself can answer.
enum class DerivedKey : uint8_t {
  kNone,
  kPrincipalArn,
  kPrincipalAccount,
  kPrincipalType,
  kUserId,
  kUserName,
  kPrincipalTag,
  kSourceIdentity,
  kTokenIssueTime,
  kSecureTransport,
  kCurrentTime,
  kEpochTime,
  kSourceIp,
  kUserAgent,
  kRequestedRegion,
  kResourceAccount,
  kCallerAccount,
  kKmsViaService,
  kPrincipalIsService,
  kPrincipalServiceName,
  kViaAwsService,
  kCalledVia,
  kCalledViaFirst,
  kCalledViaLast,
  kMfaPresent,
};

struct ConditionKey {
  std::string name;  // lower case
  DerivedKey derived = DerivedKey::kNone;
  static ConditionKey of(std::string_view text);
};

struct KeyValues {
  std::span<const std::string> values;  // effective; empty: absent
  bool sent = false;                    // what Null looks at
  std::optional<UnixMs> time;           // of a derived time: what `values` say
};

// Facts refers to its arguments; it lives for one decision, on one thread. Answers hold until the
// next call for the same key.
class Facts {
 public:
  Facts(const RequestContext& caller, const Demand& demand);

  KeyValues find(const ConditionKey& key) const;
  std::optional<std::string_view> single(
      const ConditionKey& key) const;  // nullopt: absent, or several values

  const RequestContext& caller() const { return caller_; }
  const Demand& demand() const { return demand_; }
  const std::string& action() const { return action_; }  // lower case

 private:
  KeyValues derive(const ConditionKey& key) const;
  KeyValues of_principal(const ConditionKey& key) const;
  KeyValues tag(std::string_view name) const;
  KeyValues time_of(std::string& scratch, UnixMs time, bool epoch) const;

  const RequestContext& caller_;
  const Demand& demand_;
  std::string action_;
  mutable std::optional<ConditionValues> more_;  // the demand's, once asked for
  mutable std::string current_time_, epoch_time_, token_time_;
};

}  // namespace coffer::authz
