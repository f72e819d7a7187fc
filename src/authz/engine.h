#pragma once
// The engine decides. It is pure: request context and demands in, a Decision out; it reads nothing
// and keeps nothing. Source: IAM User Guide, "Policy evaluation logic"; KMS Developer Guide,
// "Determining access to AWS KMS keys".
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "authz/context.h"
#include "authz/policy.h"
#include "base/result.h"

namespace coffer::authz {

// Grant is a KMS grant as the engine sees it. Allow-only.
struct Grant {
  std::string grant_id, grantee_principal;  // ARN or service name
  std::vector<std::string> operations;      // "Decrypt", "GenerateDataKey" …
  enum class Constraint : uint8_t {
    kNone,
    kContextSubset,
    kContextEquals
  } constraint = Constraint::kNone;
  std::map<std::string, std::string> context;
};

// ResourceRule says how the resource's own policy takes part.
enum class ResourceRule : uint8_t {
  kIdentityOnly,   // no resource policy: the caller's policies alone, and only in the caller's own
                   // account
  kBucketPolicy,   // either side suffices within the account, both are needed across accounts; root
                   // is allowed by default
  kKeyPolicy,      // the key policy is the root of trust: delegation, grants
  kTrustPolicy,    // a role's trust policy
  kAuthenticated,  // any authenticated caller, even against an explicit deny
                   // (sts:GetCallerIdentity)
  kOperator,  // operations of service "coffer": the first account's root through the admin socket,
              // or an identity policy
};

// Demand is one thing that the caller must be allowed to do. An operation states all of its demands
// before it runs.
struct Demand {
  std::string action;                       // "s3:PutObject"
  std::string resource;                     // ARN, or "*"
  std::vector<std::string> also_resources;  // a statement matches if it matches any (CreateSession:
                                            // the bucket's ARN and ARN/*)
  std::string resource_account;  // who owns it; for a resource that does not exist: the caller's
                                 // own account
  ResourceRule rule = ResourceRule::kIdentityOnly;
  std::shared_ptr<const Policy> resource_policy;  // null: there is none
  std::vector<std::shared_ptr<const Grant>> grants;
  std::map<std::string, std::string> encryption_context;  // of a KMS use, for grant constraints
  ConditionValues conditions;                             // beside the request's own; these win
  // further ones, where a policy asks for any: not stated before, because most decisions never do.
  // What it refers to outlives the decision
  std::function<void(ConditionValues&)> more_conditions;
  bool cross_account_refused = false;  // KMS operations that never work across accounts
  bool owner_root_always =
      false;  // Get/Put/DeleteBucketPolicy by the owner's root: no deny in that policy counts
  bool on_ciphertext =
      false;  // a ciphertext led to the key, the caller did not name it: nor does the refusal
  bool on_missing =
      false;  // not required: tells whether the caller may learn that something is missing
  std::optional<size_t>
      entry;  // one of several entries (DeleteObjects): its refusal fails the entry alone
};

enum class PolicySide : uint8_t {
  kNone,
  kIdentity,
  kResource,
  kBoundary,
  kSession,
  kServiceControl,
  kTrust,
  kGrant
};

// Decision is a record: who asked for what, which policies were looked at, which statement decided,
// which values were seen.
struct Decision {
  bool allowed = false;
  bool explicit_deny = false;
  PolicySide side = PolicySide::kNone;  // whose statement decided, or who would have had to allow
  std::string policy_name;              // of the deciding statement
  std::string statement_id;             // its Sid, or its 0-based index as "#2"
  std::string action, resource;
  std::vector<std::string> considered;  // names of the policies looked at
  std::vector<std::pair<std::string, std::string>>
      conditions_seen;  // "key", "value" of the keys the deciding statement read
};

Decision decide(const RequestContext& caller, const Demand& demand);

// DenialStyle is the service whose words a refusal takes (spec B.6).
enum class DenialStyle : uint8_t { kS3, kS3ThroughKms, kKms, kQuery, kJson };
// denied is the refusal's error: code and message as AWS writes them; nothing about another
// account's resources. `on_ciphertext`: the key was found through a ciphertext, not named by the
// caller.
Error denied(DenialStyle style, const RequestContext& caller, const Demand& demand,
             const Decision& decision, bool on_ciphertext = false);

// Authorized proves that the engine allowed all demands of `T`. Only Engine makes it; an
// operation's run takes nothing else.
template <class T>
class Authorized {
 public:
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }
  T& value() { return value_; }
  // may_learn_missing: an `on_missing` demand was stated and allowed: 404 may be said where
  // something is missing, else 403.
  bool may_learn_missing() const { return may_learn_missing_; }
  // refusal of entry `i`, null where it is allowed.
  const Error* entry_refusal(size_t i) const {
    for (const auto& [entry, error] : entry_refusals_)
      if (entry == i) return &error;
    return nullptr;
  }
  const Error& missing_refusal() const {
    return missing_refusal_;
  }  // the 403 to answer where it may not be learned

 private:
  friend class Engine;
  explicit Authorized(T value) : value_(std::move(value)) {}
  T value_;
  bool may_learn_missing_ = false;
  Error missing_refusal_{"AccessDenied", "Access Denied"};
  std::vector<std::pair<size_t, Error>> entry_refusals_;
};

class Engine {
 public:
  // permit decides every demand and answers the permission, or the first refusal. No demand at all
  // is refused. Each decision is appended to `decisions`, in the order of the demands.
  template <class T>
  static Result<Authorized<T>> permit(DenialStyle style, const RequestContext& caller,
                                      const std::vector<Demand>& demands, T input,
                                      std::vector<Decision>& decisions) {
    Authorized<T> out(std::move(input));
    TRY_OK(judge(style, caller, demands, decisions, out.may_learn_missing_, out.missing_refusal_,
                 out.entry_refusals_));
    return out;
  }

 private:
  static Status judge(DenialStyle style, const RequestContext& caller,
                      const std::vector<Demand>& demands, std::vector<Decision>& decisions,
                      bool& may_learn_missing, Error& missing_refusal,
                      std::vector<std::pair<size_t, Error>>& entry_refusals);
};

}  // namespace coffer::authz
