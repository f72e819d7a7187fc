#pragma once
// Who asks, and under which circumstances: everything that a decision may depend on. Plain data, no
// I/O, no clock. Source: IAM User Guide, "The request context"; "AWS global condition context
// keys".
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace coffer::authz {

class Policy;

enum class PrincipalType : uint8_t {
  kAnonymous,
  kRoot,
  kUser,
  kAssumedRole,
  kFederatedUser,
  kService
};

struct Principal {
  PrincipalType type = PrincipalType::kAnonymous;
  std::string account;       // 12 digits; empty: anonymous, service
  std::string arn;           // of the user, the account's root, the role *session*, or empty
  std::string principal_id;  // AIDA…, AROA…:session, the account ID for root, ACCOUNT:NAME for a
                             // federated user
  std::string name;          // user name, session name, or a service's "lifecycle.s3.amazonaws.com"
  std::string role_arn;      // of the assumed role
  std::string role_id;       // AROA…
  std::string access_key_id;
  std::map<std::string, std::string> tags;
  std::string source_identity;
  std::optional<UnixMs> token_issued_ms;  // temporary credentials only
  bool mfa = false;

  bool is_root() const { return type == PrincipalType::kRoot; }
  // iam_arn is aws:PrincipalArn: the role's ARN for a session, else arn.
  const std::string& iam_arn() const {
    return type == PrincipalType::kAssumedRole ? role_arn : arn;
  }
  static Principal root(std::string account);
  static Principal service(std::string name);
};

// PrincipalDirectory answers which IAM entities exist. iam/ implements it; kms/ and s3/ ask when a
// policy names principals.
class PrincipalDirectory {
 public:
  virtual ~PrincipalDirectory() = default;
  // id_of answers the unique ID (AIDA…, AROA…) of a user's or role's ARN; nullopt: there is none.
  virtual std::optional<std::string> id_of(std::string_view arn) const = 0;
  virtual std::optional<std::string> arn_of(std::string_view unique_id) const = 0;
  virtual bool account_exists(std::string_view account) const = 0;
};

struct NamedPolicy {
  std::string name;  // its ARN, or the inline policy's name
  std::shared_ptr<const Policy> policy;
};

// CallerPolicies are the identity side: read from immutable records when the request was
// authenticated.
struct CallerPolicies {
  std::vector<NamedPolicy> identity;  // inline and attached, groups' too
  std::optional<NamedPolicy> boundary;
  std::vector<NamedPolicy> session;  // empty: none was passed
  bool has_session_policy = false;
  std::vector<std::vector<NamedPolicy>> service_control;  // one set a level; each level must allow
};

// ConditionValues are the request's condition keys. Key names compare case-insensitively and are
// kept in lower case. A value has two faces (spec/s3.md B.3): `Null` looks at whether it was
// *sent*, every other operator at the *effective* values.
class ConditionValues {
 public:
  struct Value {
    std::vector<std::string> effective;
    bool present = true;  // effective: false is an absent key
    bool sent = true;     // what Null sees
  };
  void set(std::string_view key, std::string value);
  void set(std::string_view key, std::vector<std::string> values);
  // set_effective: what operators compare with (nullopt: absent), and whether the caller sent it.
  void set_effective(std::string_view key, std::optional<std::string> effective, bool sent);
  void erase(std::string_view key);
  const Value* find(std::string_view lower_key) const;
  bool empty() const { return values_.empty(); }

 private:
  friend struct RequestContext;
  struct Entry {
    std::string key;
    Value value;
  };
  void put(std::string_view key, Value value);
  std::vector<Entry> values_;  // a dozen, in no order: searching them all beats a tree
};

struct RequestContext {
  Principal principal;
  CallerPolicies policies;
  ConditionValues conditions;  // aws:* and the service's own, of the whole request
  std::string region;
  std::string request_id;
  std::string source_ip;  // the service's name where a service calls on the caller's behalf
  std::string user_agent;
  std::string via_service;  // "s3.us-east-1.amazonaws.com" where a service calls on the caller's
                            // behalf; else empty
  std::vector<std::string>
      called_via;     // those services, the first caller's first: "s3.amazonaws.com"
  UnixMs now_ms = 0;  // business time
  bool secure_transport = false;
  std::string signature_version;                // "AWS4-HMAC-SHA256", "AWS", or empty for anonymous
  std::string tls_version, cipher_suite, host;  // for the record

  // forward is the context of a call that `service` ("s3") makes for this caller in `region`: the
  // same principal and policies, kms:ViaService, aws:ViaAWSService and aws:CalledVia follow from
  // via_service and called_via; aws:SourceIp is gone.
  RequestContext forward(std::string_view service, std::string_view invoked_by) const;
};

}  // namespace coffer::authz
