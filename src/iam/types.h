#pragma once
// What IAM keeps, as its callers see it: immutable values, shared by pointer, safe from any thread.
// Source: IAM API Reference, data types User, Role, AccessKeyMetadata, Policy, PolicyVersion.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "authz/context.h"
#include "authz/policy.h"
#include "base/clock.h"
#include "base/secret.h"

namespace coffer::iam {

struct Tag {
  std::string key, value;
};

// Caller is what a user's requests carry: assembled once for every change of the user, copied into
// each request.
struct Caller {
  authz::Principal principal;  // without its access key
  authz::CallerPolicies policies;
};

struct User {
  std::string account, name, id, path;
  UnixMs created_ms = 0;
  std::optional<std::string> boundary;  // a managed policy's ARN
  std::vector<Tag> tags;
  std::vector<std::string> access_key_ids;  // in the order they were made
  std::vector<std::string> attached;  // managed policies' ARNs, in the order they were attached
  std::vector<authz::NamedPolicy> inline_policies;  // in byte order of the name
  std::shared_ptr<const Caller> caller;

  std::string arn() const { return "arn:aws:iam::" + account + ":user" + path + name; }
};
using UserPtr = std::shared_ptr<const User>;

// Group gives its policies to the users in it. Nobody acts as a group.
struct Group {
  std::string account, name, id, path;
  UnixMs created_ms = 0;
  std::vector<std::string> attached;                // as a user's
  std::vector<authz::NamedPolicy> inline_policies;  // as a user's
  std::vector<std::string> user_ids;                // in the order they were added

  std::string arn() const { return "arn:aws:iam::" + account + ":group" + path + name; }
};
using GroupPtr = std::shared_ptr<const Group>;

// Role is who sessions act as. Its trust policy says who may begin one.
struct Role {
  std::string account, name, id, path, description;
  UnixMs created_ms = 0;
  int64_t max_session_s = 3600;  // 3600..43200
  std::optional<std::string> boundary;
  std::vector<Tag> tags;
  std::vector<std::string> attached;                // as a user's
  std::vector<authz::NamedPolicy> inline_policies;  // as a user's
  std::shared_ptr<const authz::Policy> trust;       // bound to its principals' unique IDs
  std::shared_ptr<const Caller> caller;             // a session adds its own name, ID and ARN

  std::string arn() const { return "arn:aws:iam::" + account + ":role" + path + name; }
};
using RolePtr = std::shared_ptr<const Role>;

struct AccessKey {
  std::string id;
  std::string user_name;  // empty: the account's root
  bool active = true;
  UnixMs created_ms = 0;
};

// NewAccessKey is the one time that a secret is told.
struct NewAccessKey {
  AccessKey key;
  Secret secret;
};

struct LastUsed {
  std::string user_name;  // empty: the account's root
  std::optional<UnixMs> used_ms;
  std::string service, region;  // "N/A" where it was never used
};

// ManagedPolicyInfo is a customer's policy or one of AWS's own.
struct ManagedPolicyInfo {
  std::string arn, name, id, path, description;
  std::string default_version;  // "v1"
  int64_t attachment_count = 0, boundary_count = 0;
  UnixMs created_ms = 0, updated_ms = 0;
  std::vector<Tag> tags;
};

struct PolicyVersion {
  std::string id;  // "v1"
  bool is_default = false;
  UnixMs created_ms = 0;
  std::string document;  // verbatim; empty in lists
};

// Account is an account of the organization; the first one manages it.
// Source: AWS Organizations API Reference, data types Account and CreateAccountStatus.
struct Account {
  std::string id, name, email;
  bool active = true;  // else closed: SUSPENDED
  UnixMs joined_ms = 0;
  std::vector<Tag> tags;
};

struct AccountCreation {
  std::string id, name;
  std::string account;  // empty: there is none
  UnixMs requested_ms = 0, completed_ms = 0;
  enum class State : uint8_t { kInProgress, kSucceeded, kFailed } state = State::kInProgress;
  std::string failure;  // AWS's reason
};

// ControlPolicy is a service control policy: what it does not allow, nobody of the accounts it
// binds may do. The first account is never bound. Source: Organizations API Reference,
// PolicySummary.
struct ControlPolicy {
  std::string id, name, description, document;
  bool aws_managed = false;
  std::vector<std::string> targets;  // kOrganizationRoot, account IDs
};
inline constexpr std::string_view kOrganizationRoot = "root";

// Paging: `marker` continues a list where it stopped; `max` is 1..1000.
struct PageRequest {
  std::optional<std::string> marker;
  std::optional<int64_t> max;
};
template <class T>
struct PageOf {
  std::vector<T> items;
  std::optional<std::string> marker;  // set where there is more
};

// The quotas. Source: IAM User Guide, "IAM and AWS STS quotas". Policy sizes do not count white
// space.
constexpr size_t kAccountsMax = 1000;
constexpr size_t kControlPoliciesMax = 2000;
constexpr size_t kControlPoliciesPerTargetMax = 5;
constexpr size_t kControlPolicySizeMax = 5120;
constexpr size_t kUsersMax = 5000;
constexpr size_t kGroupsMax = 300;
constexpr size_t kGroupsPerUserMax = 10;
constexpr size_t kRolesMax = 1000;
constexpr size_t kPoliciesMax = 1500;
constexpr size_t kAccessKeysPerUserMax = 2;
constexpr size_t kAttachedPoliciesMax = 10;
constexpr size_t kPolicyVersionsMax = 5;
constexpr size_t kTagsMax = 50;
constexpr size_t kManagedPolicySizeMax = 6144;
constexpr size_t kInlinePoliciesSizeMax = 2048;  // of a user, all together
constexpr size_t kGroupInlinePoliciesSizeMax = 5120;
constexpr size_t kRoleInlinePoliciesSizeMax = 10240;
constexpr size_t kTrustPolicySizeMax = 2048;
constexpr size_t kRootKeysMax = 16;  // ours: test mode may add several

}  // namespace coffer::iam
