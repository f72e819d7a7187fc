// The records in memory: finding them, and showing what was committed.
#include "authz/managed_policies.h"
#include "base/arn.h"
#include "base/encoding.h"
#include "crypto/digest.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr UnixMs kAwsPoliciesMade =
    1'423'162'800'000;  // of AWS's own policies; no client depends on it

// aws_policy_id has the form of a policy's ID and is the same on every server.
std::string aws_policy_id(std::string_view arn) {
  Hash256 hash = crypto::sha256(arn);
  return "ANPA" + base32(hash.view()).substr(0, 17);
}

}  // namespace

void LastUse::note(const std::string& service, const std::string& region, UnixMs now_ms) {
  constexpr int64_t kGranularityMs = 60 * 1000;
  std::lock_guard lock(mutex_);
  bool same = known_ && record_.service == service && record_.region == region;
  if (same && now_ms >= record_.used_ms && now_ms - record_.used_ms < kGranularityMs) return;
  record_ = {now_ms, service, region};
  known_ = true;
  saved_ = false;
}

std::optional<LastUsedRecord> LastUse::get() const {
  std::lock_guard lock(mutex_);
  if (!known_) return std::nullopt;
  return record_;
}

void LastUse::set(LastUsedRecord record) {
  std::lock_guard lock(mutex_);
  record_ = std::move(record);
  known_ = true;
}

std::optional<LastUsedRecord> LastUse::take_unsaved() {
  std::lock_guard lock(mutex_);
  if (saved_) return std::nullopt;
  saved_ = true;
  return record_;
}

Iam::Impl::Impl(Deps d) : deps(std::move(d)) {
  for (const authz::ManagedPolicy& p : authz::managed_policies()) {
    auto compiled = authz::Policy::parse(p.document, authz::PolicyKind::kIdentity);
    CHECK(compiled.ok());
    std::string arn(p.arn);
    ManagedPolicyInfo info{.arn = arn,
                           .name = std::string(p.name),
                           .id = aws_policy_id(arn),
                           .path = std::string(p.path),
                           .description = std::string(p.description),
                           .default_version = "v1",
                           .created_ms = kAwsPoliciesMade,
                           .updated_ms = kAwsPoliciesMade};
    aws_policies.emplace(arn, AwsPolicy{std::move(info), *std::move(compiled)});
  }
  LiveKey key{.id = "stranger", .last_use = std::make_shared<LastUse>()};
  key.record.wrapped_secret =
      deps.keys.wrap(seal::Series::kIam, key_aad("", key.id, ""), secret_access_key(deps.random));
  stranger = store::RecordMap<LiveKey>().put(kSelf, kSelf, std::move(key), {});
}

// ---- Users.

UserPtr Iam::Impl::find_user(std::string_view account, std::string_view name) const {
  auto entry = users.find(account, lower(name));
  return entry ? entry->value : nullptr;
}

Result<UserPtr> Iam::Impl::user(std::string_view account, std::string_view name) const {
  UserPtr found = find_user(account, name);
  if (!found)
    return Error{"NoSuchEntity", fmt::format("The user with name {} cannot be found.", name)};
  return found;
}

std::vector<UserPtr> Iam::Impl::all_users(std::string_view account) const {
  std::vector<UserPtr> out;
  for (auto& [_, entry] : users.list(account, "", SIZE_MAX)) out.push_back(entry->value);
  return out;
}

void Iam::Impl::show_user(UserPtr user) {
  users_by_id.put(user->id, kSelf, user, {});
  users.put(user->account, lower(user->name), user, {});
}

void Iam::Impl::hide_user(const User& user) {
  users.erase(user.account, lower(user.name));
  users_by_id.erase(user.id, kSelf);
}

Result<UserPtr> Iam::Impl::with_caller(User user) const {
  Caller caller;
  caller.principal.type = authz::PrincipalType::kUser;
  caller.principal.account = user.account;
  caller.principal.arn = user.arn();
  caller.principal.principal_id = user.id;
  caller.principal.name = user.name;
  for (const Tag& tag : user.tags) caller.principal.tags[tag.key] = tag.value;
  TRY(caller.policies, policies_of(user.account, caller.principal.arn, user.inline_policies,
                                   user.attached, user.boundary));
  for (const GroupPtr& group : groups_of(user)) {
    TRY(auto theirs, policies_of(user.account, group->arn(), group->inline_policies,
                                 group->attached, std::nullopt));
    for (authz::NamedPolicy& policy : theirs.identity)
      caller.policies.identity.push_back(std::move(policy));
  }
  user.caller = std::make_shared<const Caller>(std::move(caller));
  return std::make_shared<const User>(std::move(user));
}

// ---- Access keys.

void Iam::Impl::show_key(LiveKey key) {
  std::string id = key.id;
  keys.put(id, kSelf, std::move(key), {});
  signing_keys.drop(id);
}

void Iam::Impl::hide_key(const std::string& id) {
  keys.erase(id, kSelf);
  signing_keys.drop(id);
}

// ---- Policies.

store::RecordMap<LivePolicy>::Ptr Iam::Impl::find_policy(std::string_view account,
                                                         std::string_view arn) const {
  auto parsed = Arn::parse(arn);
  if (!parsed || parsed->account != account || !parsed->resource.starts_with("policy/"))
    return nullptr;
  auto entry =
      policies.find(account, lower(parsed->resource.substr(parsed->resource.rfind('/') + 1)));
  return entry && entry->value.arn() == arn ? entry : nullptr;
}

std::optional<authz::NamedPolicy> Iam::Impl::resolve(std::string_view account,
                                                     std::string_view arn) const {
  if (auto aws = aws_policies.find(arn); aws != aws_policies.end())
    return authz::NamedPolicy{std::string(arn), aws->second.compiled};
  auto own = find_policy(account, arn);
  if (!own) return std::nullopt;
  return authz::NamedPolicy{std::string(arn), own->value.compiled};
}

void Iam::Impl::show_policy(LivePolicy policy) {
  std::string account = policy.account, arn = policy.arn(), name = lower(policy.record.name);
  policies.put(account, name, std::move(policy), {});
  for (const UserPtr& user : all_users(account)) {
    bool attached =
        std::find(user->attached.begin(), user->attached.end(), arn) != user->attached.end();
    if (!attached && user->boundary != arn) continue;
    auto renewed = with_caller(*user);
    CHECK(renewed.ok());
    show_user(*std::move(renewed));
  }
  for (const GroupPtr& group : all_groups(account))
    if (std::find(group->attached.begin(), group->attached.end(), arn) != group->attached.end())
      renew_users(account, group->user_ids);
  for (const RolePtr& role : all_roles(account)) {
    bool attached =
        std::find(role->attached.begin(), role->attached.end(), arn) != role->attached.end();
    if (!attached && role->boundary != arn) continue;
    auto renewed = with_caller(*role);
    CHECK(renewed.ok());
    show_role(*std::move(renewed));
  }
}

// compile runs on the pool: a document may be long.
Task<Result<std::shared_ptr<const authz::Policy>>> Iam::Impl::compile(std::string document,
                                                                      authz::PolicyKind kind) {
  co_return co_await offload(deps.pool, [document = std::move(document), kind] {
    return authz::Policy::parse(document, kind);
  });
}

// ---- Rows.

Bytes Iam::Impl::seal_row(std::string_view account, std::string_view row, ByteView plain) const {
  return deps.keys.seal_bytes(seal::Series::kIam, row_aad(account, row), plain);
}

Result<Bytes> Iam::Impl::open_row(std::string_view account, std::string_view row,
                                  ByteView sealed) const {
  auto plain = deps.keys.open_bytes(seal::Series::kIam, row_aad(account, row), sealed);
  if (plain.ok()) return plain;
  return internal_error(
      fmt::format("account {}: row {} does not open: {}", account, row, plain.error().message));
}

UserRecord record_of(const User& user) {
  UserRecord r{.name = user.name,
               .id = user.id,
               .path = user.path,
               .created_ms = user.created_ms,
               .boundary = user.boundary,
               .tags = user.tags,
               .access_key_ids = user.access_key_ids,
               .attached = user.attached};
  for (const authz::NamedPolicy& p : user.inline_policies) r.inline_names.push_back(p.name);
  return r;
}

store::Row row_of(const User& user) { return {user_row(user.name), encode(record_of(user))}; }
store::Row row_of(const LiveKey& key) { return {key_row(key.id), encode(key.record)}; }
store::Row row_of(const LivePolicy& policy) {
  return {policy_row(policy.record.name), encode(policy.record)};
}

std::string version_id(uint64_t number) { return "v" + std::to_string(number); }

}  // namespace coffer::iam
