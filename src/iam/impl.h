#pragma once
// Impl is what Iam's files share: the records in memory, and the one path of every change.
#include <functional>

#include "base/turns.h"
#include "iam/bucket_session.h"
#include "iam/iam.h"
#include "iam/names.h"
#include "iam/records.h"
#include "iam/session.h"
#include "iam/signing_keys.h"
#include "store/record_map.h"

namespace coffer::iam {

// LastUse is shared by all records of one access key: noting a use changes no record.
class LastUse {
 public:
  void note(const std::string& service, const std::string& region, UnixMs now_ms);
  std::optional<LastUsedRecord> get() const;
  void set(LastUsedRecord record);
  // take_unsaved answers what was not written down yet, once.
  std::optional<LastUsedRecord> take_unsaved();

 private:
  mutable std::mutex mutex_;
  LastUsedRecord record_;
  bool known_ = false, saved_ = true;
};

struct LiveKey {
  KeyRecord record;
  std::string account, id;
  std::shared_ptr<LastUse> last_use;
};

struct LivePolicy {
  PolicyRecord record;
  std::string account;
  std::shared_ptr<const authz::Policy> compiled;  // the default version
  std::string arn() const {
    return "arn:aws:iam::" + account + ":policy" + record.path + record.name;
  }
};

struct LiveControl {
  ControlRecord record;
  std::shared_ptr<const authz::Policy> compiled;
};
// Levels are what bind an account: the policies at the root, and those at the account.
using ControlLevels = std::vector<std::vector<authz::NamedPolicy>>;

// AwsPolicy is one of AWS's managed policies, the same for every account.
struct AwsPolicy {
  ManagedPolicyInfo info;
  std::shared_ptr<const authz::Policy> compiled;
};

// Change is what one operation does to an account: rows, and how memory shows them once they are
// committed.
struct Change {
  bool nothing = false;          // all is as asked for already: no commit
  std::vector<store::Row> puts;  // plaintext: change() seals them
  std::vector<std::string> deletes;
  std::optional<AccountRecord> account;  // where the account's own record changes
  std::function<void()> publish;
};
// Plan judges the state in memory and answers the change, or why not. It may be asked again when
// another writer came first.
using Plan = std::function<Result<Change>(const AccountRecord&)>;

// LoadedAccount is an account as its rows have it.
struct LoadedAccount {
  AccountRecord record;
  Bytes raw;
  std::optional<MemberRecord> member;
  std::map<std::string, CreationRecord> creations;  // by ID
  std::map<std::string, LiveControl> controls;      // by ID
  std::map<std::string, UserPtr> users;             // by lower name
  std::map<std::string, GroupPtr> groups;           // by lower name
  std::map<std::string, RolePtr> roles;             // by lower name
  std::map<std::string, LivePolicy> policies;       // by lower name
  std::map<std::string, LiveKey> keys;              // by ID
};

inline store::Partition account_partition(std::string_view account) {
  return {"account/" + std::string(account)};
}
inline const std::string kSelf = "-";  // the one ID of a scope that holds one record

struct Iam::Impl {
  explicit Impl(Deps deps);
  Deps deps;
  Turns turns;
  store::RecordMap<AccountRecord> accounts;                    // scope: account
  store::RecordMap<MemberRecord> members;                      // scope: account
  store::RecordMap<CreationRecord> creations;                  // scope: first account; by ID
  store::RecordMap<LiveControl> controls;                      // scope: first account; by ID
  store::RecordMap<ControlLevels> levels;                      // scope: account; not of the first
  store::RecordMap<UserPtr> users;                             // scope: account; by lower name
  store::RecordMap<UserPtr> users_by_id;                       // scope: user ID
  store::RecordMap<GroupPtr> groups;                           // scope: account; by lower name
  store::RecordMap<RolePtr> roles;                             // scope: account; by lower name
  store::RecordMap<RolePtr> roles_by_id;                       // scope: role ID
  store::RecordMap<LivePolicy> policies;                       // scope: account; by lower name
  store::RecordMap<LiveKey> keys;                              // scope: access key ID
  std::map<std::string, AwsPolicy, std::less<>> aws_policies;  // by ARN; never changes
  mutable SigningKeys signing_keys;
  mutable SessionCache sessions;
  store::RecordMap<LiveKey>::Ptr stranger;  // stands in for access keys that do not exist
  mutable TokenCache<OpenedBucketSessionPtr> bucket_sessions;

  // change.cc: the path of every change.
  Task<Status> change(std::string account, audit::Draft* draft, Plan plan);
  // commit_head commits a batch that takes the account's row from `before` to `after`. False:
  // another writer came first, and memory has been read anew.
  Task<Result<bool>> commit_head(std::string account, store::Batch batch,
                                 std::optional<Bytes> before, Bytes after);

  // A row's value in the store is its record sealed under Series::kIam for its account and place.
  Bytes seal_row(std::string_view account, std::string_view row, ByteView plain) const;
  Result<Bytes> open_row(std::string_view account, std::string_view row, ByteView sealed) const;

  // load.cc
  Task<Result<std::optional<LoadedAccount>>> read_account(std::string account);
  void show(const std::string& account, LoadedAccount loaded);
  Task<Status> reload(std::string account);
  bool is_closed(std::string_view account) const;
  // renew_levels works out anew what binds each account; add_levels gives it to a caller.
  void renew_levels();
  void add_levels(Authenticated& caller) const;

  // Users in memory.
  UserPtr find_user(std::string_view account, std::string_view name) const;
  Result<UserPtr> user(std::string_view account, std::string_view name) const;  // NoSuchEntity
  std::vector<UserPtr> all_users(std::string_view account) const;
  void show_user(UserPtr user);
  void hide_user(const User& user);
  // with_caller finishes a user: its principal and compiled policies. Error: one of its policies is
  // missing, which is never our doing.
  Result<UserPtr> with_caller(User user) const;

  // Groups in memory: groups.cc. Showing one renews the users in it.
  GroupPtr find_group(std::string_view account, std::string_view name) const;
  Result<GroupPtr> group(std::string_view account, std::string_view name) const;  // NoSuchEntity
  std::vector<GroupPtr> all_groups(std::string_view account) const;
  std::vector<GroupPtr> groups_of(const User& user) const;
  void show_group(GroupPtr group);
  void hide_group(const Group& group);
  void renew_users(std::string_view account, const std::vector<std::string>& user_ids);

  // Roles in memory: memory_roles.cc.
  RolePtr find_role(std::string_view account, std::string_view name) const;
  Result<RolePtr> role(std::string_view account, std::string_view name) const;  // NoSuchEntity
  std::vector<RolePtr> all_roles(std::string_view account) const;
  void show_role(RolePtr role);
  void hide_role(const Role& role);
  void show_roles(const std::string& account, const std::map<std::string, RolePtr>& loaded);
  Result<RolePtr> with_caller(Role role) const;
  // entity is whoever an ARN names, as its requests would come; a group as a user of no name.
  // Errors: NoSuchEntity, InvalidInput.
  Result<Authenticated> entity(const std::string& arn) const;
  Result<std::vector<SimulationResult>> simulate(const SimulationRequest& request) const;

  // policies_of assembles what binds an entity. Error: as with_caller.
  Result<authz::CallerPolicies> policies_of(std::string_view account, std::string_view arn,
                                            const std::vector<authz::NamedPolicy>& inline_policies,
                                            const std::vector<std::string>& attached,
                                            const std::optional<std::string>& boundary) const;
  void show_key(LiveKey key);
  void hide_key(const std::string& id);

  // session.cc
  Result<SessionPtr> open_session(std::string_view access_key_id, std::string_view token) const;
  // session_caller answers whom the session stands for now; nullopt: its parent is gone.
  std::optional<Authenticated> session_caller(const Session& session) const;
  std::variant<Refusal, Authenticated> authenticate_session(const Presented& presented,
                                                            UnixMs now_ms) const;

  // bucket_session.cc
  std::optional<OpenedBucketSessionPtr> open_bucket_session(const std::string& access_key_id,
                                                            std::string_view token) const;
  std::optional<Authenticated> bucket_session_caller(const OpenedBucketSession& session) const;
  std::variant<Refusal, Authenticated> authenticate_bucket_session(const Presented& presented,
                                                                   UnixMs now_ms) const;
  // key_caller answers whom an access key stands for; nullopt: its user is gone.
  std::optional<Authenticated> key_caller(const LiveKey& key) const;

  // Policies in memory.
  store::RecordMap<LivePolicy>::Ptr find_policy(std::string_view account,
                                                std::string_view arn) const;
  std::optional<authz::NamedPolicy> resolve(std::string_view account, std::string_view arn) const;
  void show_policy(LivePolicy policy);  // and every user and role whom it concerns
  Task<Result<std::shared_ptr<const authz::Policy>>> compile(
      std::string document, authz::PolicyKind kind = authz::PolicyKind::kIdentity);
};

UserRecord record_of(const User& user);
GroupRecord record_of(const Group& group);
RoleRecord record_of(const Role& role);
store::Row row_of(const User& user);
store::Row row_of(const Group& group);
store::Row row_of(const Role& role);
store::Row row_of(const LiveKey& key);
store::Row row_of(const LivePolicy& policy);
std::string version_id(uint64_t number);  // "v3"

// page_of cuts a page out of `all`, which keeps its order between calls.
template <class T>
Result<PageOf<T>> page_of(const std::vector<T>& all, const PageRequest& page) {
  TRY(std::string after, decode_marker(page.marker));
  TRY(size_t max, page_size(page));
  size_t from = 0;
  for (char c : after) {
    if (c < '0' || c > '9' || from > all.size()) return Error{"ValidationError", "Invalid Marker."};
    from = from * 10 + static_cast<size_t>(c - '0');
  }
  PageOf<T> out;
  for (size_t i = from; i < all.size() && out.items.size() < max; ++i) out.items.push_back(all[i]);
  if (from + out.items.size() < all.size())
    out.marker = encode_marker(std::to_string(from + out.items.size()));
  return out;
}

// page_by cuts a page out of a list in byte order of `key`, and goes on after the last key it
// answered, whatever was deleted meanwhile.
template <class T, class Key>
Result<PageOf<T>> page_by(const std::vector<T>& all, const PageRequest& page, Key key) {
  TRY(std::string after, decode_marker(page.marker));
  TRY(size_t max, page_size(page));
  PageOf<T> out;
  for (const T& item : all) {
    if (!after.empty() && key(item) <= after) continue;
    if (out.items.size() == max) {
      out.marker = encode_marker(key(out.items.back()));
      break;
    }
    out.items.push_back(item);
  }
  return out;
}

}  // namespace coffer::iam
