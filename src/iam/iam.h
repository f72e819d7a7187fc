#pragma once
// Iam keeps accounts, users, access keys and policies, and turns signatures into principals.
//
// Reading takes no I/O: everything lies in memory as immutable records. Changes of one account take
// turns, and every change moves the account's row (iam/account) on under Expect, so that whoever
// commits has judged the state that the commit changes. A change is in force for whoever asks after
// it was answered. docs/formats/iam_records.md has the rows.
//
// Threads: any. Errors are IAM's codes and words (spec C.3, C.4); every change that commits carries
// the draft's audit row.
#include "audit/log.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "iam/authenticator.h"
#include "iam/types.h"
#include "seal/domain_keys.h"
#include "store/meta_store.h"

namespace coffer::iam {

struct SessionRequest;  // iam/session.h
struct NewSession;
struct BucketSession;      // iam/bucket_session.h
struct SimulationRequest;  // iam/simulation.h
struct SimulationResult;

struct Deps {
  store::MetaStore& meta;
  seal::DomainKeys& keys;
  audit::Log& audit;
  Clock& clock;
  Random& random;
  WorkPool& pool;
  std::string region;
  std::string first_account;
};

// RootKey is an access key of an account's root.
struct RootKey {
  std::string access_key_id;
  Secret secret;
};
// credentials_profile is the text of an AWS shared credentials file with this key as [default]: how
// the operator learns a root secret. The caller writes it to a file of mode 0600 and wipes it.
std::string credentials_profile(const RootKey& key, std::string_view region);

class Iam : public Authenticator, public authz::PrincipalDirectory {
 public:
  explicit Iam(Deps deps);
  ~Iam() override;

  // load reads every account's records; before it the directory is empty. Errors: a row that does
  // not decode, of a newer version.
  Task<Status> load();
  // bootstrap_account makes the account unless it exists, with a canonical user ID and one root
  // access key: the given one, else one drawn. Where the account exists, a given key is added or
  // its secret replaced, an inactive one stays inactive, and without a given key nothing is done:
  // root keys that were deleted do not come back. Answers the key that was made or given, if it is
  // active.
  Task<Result<std::optional<RootKey>>> bootstrap_account(
      std::string account, std::optional<std::string> access_key_id = std::nullopt,
      std::optional<Secret> secret = std::nullopt);
  // add_root_key gives the first account's root one more key. Test mode.
  Task<Status> add_root_key(std::string access_key_id, Secret secret);
  // reset forgets everything; the caller has emptied the store. Test mode.
  void reset();
  // flush_last_used writes down when access keys were last used; a crash loses what came after the
  // last call.
  Task<Status> flush_last_used();

  // ---- Authenticator.
  std::variant<Refusal, Authenticated> authenticate(const Presented& presented,
                                                    UnixMs now_ms) const override;
  bool knows(const std::string& access_key_id) const override;
  Authenticated root_of(const std::string& account) const override;
  void used(const std::string& access_key_id, const std::string& service, const std::string& region,
            UnixMs now_ms) const override;

  // ---- PrincipalDirectory.
  std::optional<std::string> id_of(std::string_view arn) const override;
  std::optional<std::string> arn_of(std::string_view unique_id) const override;
  bool account_exists(std::string_view account) const override;

  // ---- Accounts.
  std::vector<std::string> accounts() const;
  Result<UnixMs> account_created(std::string_view account) const;
  std::string organization_id() const;  // "o-" and ten of a-z0-9; aws:PrincipalOrgID
  std::string canonical_id(
      std::string_view account) const;  // 64 hex digits; empty: there is no such account
  std::optional<std::string> account_of_canonical_id(std::string_view canonical_id) const;
  std::optional<std::string> account_of_access_key(std::string_view access_key_id) const;

  // ---- The organization: organization.cc. There is one from the start, which the first account
  // manages. An account is made with a role that the first account's principals may assume, and
  // without a root key. A closed account's users, roles, keys and sessions are gone at once.
  const std::string& management_account() const;
  struct NewAccount {
    std::string name, email, role = "OrganizationAccountAccessRole";
    std::vector<Tag> tags;
  };
  // create_account answers how far the request came; a taken address is a failed request, not an
  // error.
  Task<Result<AccountCreation>> create_account(NewAccount request, audit::Draft& draft);
  // Error: CreateAccountStatusNotFoundException.
  Result<AccountCreation> account_creation(std::string_view id) const;
  std::vector<AccountCreation> account_creations() const;  // by ID
  Result<Account> account(std::string_view id) const;      // AccountNotFoundException
  std::vector<Account> organization_accounts() const;      // by ID
  Task<Status> close_account(std::string id, audit::Draft& draft);

  // ---- Service control policies: control_policies.cc. Every principal of every account but the
  // first needs their leave, at the root and at its account. FullAWSAccess is attached to the root
  // and to each account from the start. Errors are Organizations' codes.
  struct NewControlPolicy {
    std::optional<std::string> name, description, document;
  };
  Task<Result<ControlPolicy>> create_control_policy(NewControlPolicy request, audit::Draft& draft);
  Task<Result<ControlPolicy>> update_control_policy(std::string id, NewControlPolicy request,
                                                    audit::Draft& draft);
  Task<Status> delete_control_policy(std::string id, audit::Draft& draft);
  // A target is kOrganizationRoot or an account ID.
  Task<Status> attach_control_policy(std::string id, std::string target, audit::Draft& draft);
  Task<Status> detach_control_policy(std::string id, std::string target, audit::Draft& draft);
  Result<ControlPolicy> control_policy(std::string_view id) const;
  std::vector<ControlPolicy> control_policies() const;  // by ID
  bool is_control_target(std::string_view target) const;

  // ---- Users. Names are told apart without regard to case.
  struct NewUser {
    std::string name, path = "/";
    std::optional<std::string> boundary;
    std::vector<Tag> tags;
  };
  Task<Result<UserPtr>> create_user(std::string account, NewUser request, audit::Draft& draft);
  Result<UserPtr> user(std::string_view account, std::string_view name) const;
  // user_arn is the ARN that a request about `name` is judged by, whether or not there is such a
  // user.
  std::string user_arn(std::string_view account, std::string_view name) const;
  Result<PageOf<UserPtr>> users(std::string_view account, std::string_view path_prefix,
                                const PageRequest& page) const;
  Task<Status> update_user(std::string account, std::string name,
                           std::optional<std::string> new_name, std::optional<std::string> new_path,
                           audit::Draft& draft);
  Task<Status> delete_user(std::string account, std::string name, audit::Draft& draft);

  // ---- Access keys. An empty user name means the account's root.
  Task<Result<NewAccessKey>> create_access_key(std::string account, std::string user_name,
                                               audit::Draft& draft);
  Result<PageOf<AccessKey>> access_keys(std::string_view account, std::string_view user_name,
                                        const PageRequest& page) const;
  Task<Status> update_access_key(std::string account, std::string user_name, std::string id,
                                 bool active, audit::Draft& draft);
  Task<Status> delete_access_key(std::string account, std::string user_name, std::string id,
                                 audit::Draft& draft);
  Result<LastUsed> access_key_last_used(std::string_view account, std::string_view id) const;

  // ---- Managed policies.
  struct NewPolicy {
    std::string name, path = "/", document, description;
    std::vector<Tag> tags;
  };
  enum class PolicyScope : uint8_t { kAll, kAws, kLocal };
  struct PolicyFilter {
    PolicyScope scope = PolicyScope::kAll;
    bool only_attached = false;
    std::string path_prefix = "/";
    std::optional<bool>
        boundaries;  // "only attached" as a boundary (true), or as a permissions policy (false)
  };
  Task<Result<ManagedPolicyInfo>> create_policy(std::string account, NewPolicy request,
                                                audit::Draft& draft);
  Result<ManagedPolicyInfo> policy(std::string_view account, std::string_view arn) const;
  Result<PageOf<ManagedPolicyInfo>> policies(std::string_view account, const PolicyFilter& filter,
                                             const PageRequest& page) const;
  Task<Status> delete_policy(std::string account, std::string arn, audit::Draft& draft);
  Task<Result<PolicyVersion>> create_policy_version(std::string account, std::string arn,
                                                    std::string document, bool set_default,
                                                    audit::Draft& draft);
  Task<Result<PolicyVersion>> policy_version(std::string account, std::string arn,
                                             std::string version_id);
  Result<PageOf<PolicyVersion>> policy_versions(std::string_view account, std::string_view arn,
                                                const PageRequest& page) const;
  Task<Status> set_default_policy_version(std::string account, std::string arn,
                                          std::string version_id, audit::Draft& draft);
  Task<Status> delete_policy_version(std::string account, std::string arn, std::string version_id,
                                     audit::Draft& draft);
  // entities_with_policy lists the users, the groups and then the roles that the policy is attached
  // to, or whose boundary it is.
  enum class EntityKind : uint8_t { kUser, kGroup, kRole };
  struct Entity {
    EntityKind kind;
    std::string name, id;
  };
  struct EntityFilter {
    std::string path_prefix = "/";
    std::optional<bool> boundaries;  // as a boundary (true), or as a permissions policy (false)
    std::optional<EntityKind> kind;
  };
  Result<PageOf<Entity>> entities_with_policy(std::string_view account, std::string_view arn,
                                              const EntityFilter& filter,
                                              const PageRequest& page) const;

  // ---- A user's policies. Attaching, detaching what is not there excepted, and putting are
  // idempotent.
  Task<Status> attach_user_policy(std::string account, std::string user_name, std::string arn,
                                  audit::Draft& draft);
  Task<Status> detach_user_policy(std::string account, std::string user_name, std::string arn,
                                  audit::Draft& draft);
  Result<PageOf<std::string>> attached_user_policies(std::string_view account,
                                                     std::string_view user_name,
                                                     std::string_view path_prefix,
                                                     const PageRequest& page) const;
  Task<Status> put_user_policy(std::string account, std::string user_name, std::string policy_name,
                               std::string document, audit::Draft& draft);
  Result<std::string> user_policy(std::string_view account, std::string_view user_name,
                                  std::string_view policy_name) const;
  Task<Status> delete_user_policy(std::string account, std::string user_name,
                                  std::string policy_name, audit::Draft& draft);
  Result<PageOf<std::string>> user_policies(std::string_view account, std::string_view user_name,
                                            const PageRequest& page) const;

  // ---- Groups. Names are told apart without regard to case. A change of a group binds the users
  // in it from the next request on.
  Task<Result<GroupPtr>> create_group(std::string account, std::string name, std::string path,
                                      audit::Draft& draft);
  Result<GroupPtr> group(std::string_view account, std::string_view name) const;
  std::string group_arn(std::string_view account, std::string_view name) const;  // as user_arn
  Result<PageOf<GroupPtr>> groups(std::string_view account, std::string_view path_prefix,
                                  const PageRequest& page) const;
  Task<Status> update_group(std::string account, std::string name,
                            std::optional<std::string> new_name,
                            std::optional<std::string> new_path, audit::Draft& draft);
  Task<Status> delete_group(std::string account, std::string name, audit::Draft& draft);
  // Adding who is in it and removing who is not are idempotent.
  Task<Status> add_user_to_group(std::string account, std::string group_name, std::string user_name,
                                 audit::Draft& draft);
  Task<Status> remove_user_from_group(std::string account, std::string group_name,
                                      std::string user_name, audit::Draft& draft);
  Result<PageOf<UserPtr>> users_in_group(std::string_view account, std::string_view group_name,
                                         const PageRequest& page) const;
  Result<PageOf<GroupPtr>> groups_of_user(std::string_view account, std::string_view user_name,
                                          const PageRequest& page) const;

  // ---- Roles. Names are told apart without regard to case. A trust policy is kept bound to the
  // unique IDs of the principals it names: one deleted and made again is another.
  struct NewRole {
    std::string name, path = "/", trust, description;
    int64_t max_session_s = 3600;
    std::optional<std::string> boundary;
    std::vector<Tag> tags;
  };
  Task<Result<RolePtr>> create_role(std::string account, NewRole request, audit::Draft& draft);
  Result<RolePtr> role(std::string_view account, std::string_view name) const;
  // role_arn is as user_arn; role_named is the role of exactly this ARN, null: there is none.
  std::string role_arn(std::string_view account, std::string_view name) const;
  RolePtr role_named(std::string_view arn) const;
  Result<PageOf<RolePtr>> roles(std::string_view account, std::string_view path_prefix,
                                const PageRequest& page) const;
  Task<Status> update_role(std::string account, std::string name,
                           std::optional<std::string> description,
                           std::optional<int64_t> max_session_s, audit::Draft& draft);
  Task<Status> update_trust(std::string account, std::string name, std::string document,
                            audit::Draft& draft);
  Task<Status> delete_role(std::string account, std::string name, audit::Draft& draft);
  // trust_text is a role's trust policy as its owner reads it.
  std::string trust_text(const Role& role) const;

  // ---- Tags and permissions boundaries: entity_attributes.cc. Tagging gives the tags that are
  // there new values; untagging what is not there changes nothing. No boundary takes it away.
  Task<Status> tag_user(std::string account, std::string name, std::vector<Tag> tags,
                        audit::Draft& draft);
  Task<Status> untag_user(std::string account, std::string name, std::vector<std::string> keys,
                          audit::Draft& draft);
  Result<PageOf<Tag>> user_tags(std::string_view account, std::string_view name,
                                const PageRequest& page) const;
  Task<Status> bound_user(std::string account, std::string name,
                          std::optional<std::string> policy_arn, audit::Draft& draft);
  Task<Status> tag_role(std::string account, std::string name, std::vector<Tag> tags,
                        audit::Draft& draft);
  Task<Status> untag_role(std::string account, std::string name, std::vector<std::string> keys,
                          audit::Draft& draft);
  Result<PageOf<Tag>> role_tags(std::string_view account, std::string_view name,
                                const PageRequest& page) const;
  Task<Status> bound_role(std::string account, std::string name,
                          std::optional<std::string> policy_arn, audit::Draft& draft);
  Task<Status> tag_policy(std::string account, std::string arn, std::vector<Tag> tags,
                          audit::Draft& draft);
  Task<Status> untag_policy(std::string account, std::string arn, std::vector<std::string> keys,
                            audit::Draft& draft);
  Result<PageOf<Tag>> policy_tags(std::string_view account, std::string_view arn,
                                  const PageRequest& page) const;

  // Summary counts what an account has, for GetAccountSummary.
  struct Summary {
    size_t users = 0, groups = 0, roles = 0, policies = 0, policy_versions = 0, root_keys = 0;
  };
  Summary summary(std::string_view account) const;

  // ---- The policy simulator: simulation.cc. Nothing is done and nothing changes. A source is the
  // ARN of a user, whose groups count, of a group or of a role. Errors: NoSuchEntity, InvalidInput.
  Task<Result<std::vector<SimulationResult>>> simulate(SimulationRequest request) const;
  // context_keys are those that the source's policies and the documents read, in byte order.
  Task<Result<std::vector<std::string>>> context_keys(std::optional<std::string> source_arn,
                                                      std::vector<std::string> documents) const;

  // ---- Sessions: temporary credentials, which nothing is kept of (iam/session.h). The caller has
  // judged the request. Errors: MalformedPolicyDocument, PackedPolicyTooLarge.
  Task<Result<NewSession>> begin_session(SessionRequest request) const;
  // begin_bucket_session answers five minutes' credentials for a directory bucket, or as long as
  // the parent's last; `parent_token`: of temporary credentials, else empty. The caller has been
  // authorized. Error: AccessDenied, InvalidClientTokenId: no such parent.
  Result<NewSession> begin_bucket_session(BucketSession wanted, const std::string& parent_key_id,
                                          std::string_view parent_token) const;
  // transitive_tags are the tags that a session's token passes on to the next one. Error: no token
  // of ours.
  Result<std::vector<Tag>> transitive_tags(std::string_view access_key_id,
                                           std::string_view token) const;

  // ---- A role's policies, as a user's.
  Task<Status> attach_role_policy(std::string account, std::string role_name, std::string arn,
                                  audit::Draft& draft);
  Task<Status> detach_role_policy(std::string account, std::string role_name, std::string arn,
                                  audit::Draft& draft);
  Result<PageOf<std::string>> attached_role_policies(std::string_view account,
                                                     std::string_view role_name,
                                                     std::string_view path_prefix,
                                                     const PageRequest& page) const;
  Task<Status> put_role_policy(std::string account, std::string role_name, std::string policy_name,
                               std::string document, audit::Draft& draft);
  Result<std::string> role_policy(std::string_view account, std::string_view role_name,
                                  std::string_view policy_name) const;
  Task<Status> delete_role_policy(std::string account, std::string role_name,
                                  std::string policy_name, audit::Draft& draft);
  Result<PageOf<std::string>> role_policies(std::string_view account, std::string_view role_name,
                                            const PageRequest& page) const;

  // ---- A group's policies, as a user's.
  Task<Status> attach_group_policy(std::string account, std::string group_name, std::string arn,
                                   audit::Draft& draft);
  Task<Status> detach_group_policy(std::string account, std::string group_name, std::string arn,
                                   audit::Draft& draft);
  Result<PageOf<std::string>> attached_group_policies(std::string_view account,
                                                      std::string_view group_name,
                                                      std::string_view path_prefix,
                                                      const PageRequest& page) const;
  Task<Status> put_group_policy(std::string account, std::string group_name,
                                std::string policy_name, std::string document, audit::Draft& draft);
  Result<std::string> group_policy(std::string_view account, std::string_view group_name,
                                   std::string_view policy_name) const;
  Task<Status> delete_group_policy(std::string account, std::string group_name,
                                   std::string policy_name, audit::Draft& draft);
  Result<PageOf<std::string>> group_policies(std::string_view account, std::string_view group_name,
                                             const PageRequest& page) const;

  struct Impl;  // impl.h: what this room's files share

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace coffer::iam
