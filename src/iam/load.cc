// Reading an account's rows into memory: at start, and where another writer came first.
#include "base/encoding.h"
#include "base/log.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

using Rows = std::map<std::string, Bytes, std::less<>>;

Error damaged(std::string_view account, std::string_view row) {
  return internal_error(
      fmt::format("account {}: row {} is damaged or of a newer version", account, row));
}

// rows_under answers the rows of one kind, by what follows the prefix.
std::vector<std::pair<std::string, const Bytes*>> rows_under(const Rows& rows,
                                                             std::string_view prefix) {
  std::vector<std::pair<std::string, const Bytes*>> out;
  for (auto i = rows.lower_bound(prefix); i != rows.end() && i->first.starts_with(prefix); ++i)
    out.emplace_back(i->first.substr(prefix.size()), &i->second);
  return out;
}

Result<std::shared_ptr<const authz::Policy>> compile_row(const Rows& rows, std::string_view account,
                                                         const std::string& key,
                                                         authz::PolicyKind kind) {
  auto row = rows.find(key);
  if (row == rows.end()) return damaged(account, key);
  auto document = decode_document(row->second);
  if (!document) return damaged(account, key);
  auto policy = authz::Policy::parse(*document, kind);
  if (!policy.ok())
    return internal_error(fmt::format("account {}: the policy in row {} does not compile: {}",
                                      account, key, policy.error().message));
  return policy;
}

Status load_policies(const std::string& account, const Rows& rows, LoadedAccount& out) {
  for (const auto& [name, raw] : rows_under(rows, "iam/policy/")) {
    auto record = decode_policy(*raw);
    if (!record) return damaged(account, policy_row(name));
    TRY(auto compiled, compile_row(rows, account, policy_version_row(name, record->default_version),
                                   authz::PolicyKind::kIdentity));
    out.policies.emplace(name, LivePolicy{*std::move(record), account, std::move(compiled)});
  }
  return ok_status();
}

Status load_organization(const std::string& account, const Rows& rows, LoadedAccount& out) {
  if (auto row = rows.find(kMemberRow); row != rows.end()) {
    out.member = decode_member(row->second);
    if (!out.member) return damaged(account, kMemberRow);
  }
  for (const auto& [id, raw] : rows_under(rows, "iam/creation/")) {
    auto record = decode_creation(*raw);
    if (!record) return damaged(account, creation_row(id));
    out.creations.emplace(id, *std::move(record));
  }
  for (const auto& [id, raw] : rows_under(rows, "iam/control/")) {
    auto record = decode_control(*raw);
    if (!record) return damaged(account, control_row(id));
    auto compiled = authz::Policy::parse(record->document, authz::PolicyKind::kServiceControl);
    if (!compiled.ok()) return damaged(account, control_row(id));
    out.controls.emplace(id, LiveControl{*std::move(record), *std::move(compiled)});
  }
  return ok_status();
}

// User rows come without their callers: those need every policy to be in memory first.
Status load_users(const std::string& account, const Rows& rows, LoadedAccount& out) {
  for (const auto& [name, raw] : rows_under(rows, "iam/user/")) {
    auto record = decode_user(*raw);
    if (!record) return damaged(account, user_row(name));
    User user{.account = account,
              .name = record->name,
              .id = record->id,
              .path = record->path,
              .created_ms = record->created_ms,
              .boundary = record->boundary,
              .tags = record->tags,
              .access_key_ids = record->access_key_ids,
              .attached = record->attached};
    for (const std::string& policy : record->inline_names) {
      TRY(auto compiled,
          compile_row(rows, account, user_policy_row(name, policy), authz::PolicyKind::kIdentity));
      user.inline_policies.push_back({policy, std::move(compiled)});
    }
    out.users.emplace(name, std::make_shared<const User>(std::move(user)));
  }
  return ok_status();
}

Status load_groups(const std::string& account, const Rows& rows, LoadedAccount& out) {
  for (const auto& [name, raw] : rows_under(rows, "iam/group/")) {
    auto record = decode_group(*raw);
    if (!record) return damaged(account, group_row(name));
    Group group{.account = account,
                .name = record->name,
                .id = record->id,
                .path = record->path,
                .created_ms = record->created_ms,
                .attached = record->attached,
                .user_ids = record->user_ids};
    for (const std::string& policy : record->inline_names) {
      TRY(auto compiled,
          compile_row(rows, account, group_policy_row(name, policy), authz::PolicyKind::kIdentity));
      group.inline_policies.push_back({policy, std::move(compiled)});
    }
    out.groups.emplace(name, std::make_shared<const Group>(std::move(group)));
  }
  return ok_status();
}

// Role rows come without their callers, as users do.
Status load_roles(const std::string& account, const Rows& rows, LoadedAccount& out) {
  for (const auto& [name, raw] : rows_under(rows, "iam/role/")) {
    auto record = decode_role(*raw);
    if (!record) return damaged(account, role_row(name));
    TRY(auto trust, compile_row(rows, account, trust_row(name), authz::PolicyKind::kTrust));
    Role role{.account = account,
              .name = record->name,
              .id = record->id,
              .path = record->path,
              .description = record->description,
              .created_ms = record->created_ms,
              .max_session_s = static_cast<int64_t>(record->max_session_s),
              .boundary = record->boundary,
              .tags = record->tags,
              .attached = record->attached,
              .trust = trust->with_bindings(record->bindings)};
    for (const std::string& policy : record->inline_names) {
      TRY(auto compiled,
          compile_row(rows, account, role_policy_row(name, policy), authz::PolicyKind::kIdentity));
      role.inline_policies.push_back({policy, std::move(compiled)});
    }
    out.roles.emplace(name, std::make_shared<const Role>(std::move(role)));
  }
  return ok_status();
}

Status load_keys(const std::string& account, const Rows& rows, LoadedAccount& out) {
  for (const auto& [id, raw] : rows_under(rows, "iam/key/")) {
    auto record = decode_key(*raw);
    if (!record) return damaged(account, key_row(id));
    auto last_use = std::make_shared<LastUse>();
    if (auto row = rows.find(last_used_row(id)); row != rows.end())
      if (auto last = decode_last_used(row->second)) last_use->set(*std::move(last));
    out.keys.emplace(id, LiveKey{*std::move(record), account, id, std::move(last_use)});
  }
  return ok_status();
}

}  // namespace

Task<Result<std::optional<LoadedAccount>>> Iam::Impl::read_account(std::string account) {
  const store::Partition in = account_partition(account);
  const std::string head(kAccountRow);
  for (;;) {
    CO_TRY(auto before, co_await deps.meta.get(in, head));
    if (!before) co_return std::nullopt;
    Rows rows;
    store::Range range = store::prefix_range("iam/");
    for (bool more = true; more;) {
      CO_TRY(store::Page page, co_await deps.meta.scan(in, range, {}));
      for (store::Row& row : page.rows) {
        range.from = row.key + '\0';
        CO_TRY(Bytes plain, open_row(account, row.key, row.value));
        rows.emplace(std::move(row.key), std::move(plain));
      }
      more = page.more;
    }
    CO_TRY(auto after, co_await deps.meta.get(in, head));
    if (before != after) continue;  // pages of two states
    CO_TRY(Bytes plain, open_row(account, head, *before));
    auto record = decode_account(plain);
    if (!record) co_return damaged(account, head);
    LoadedAccount out{.record = *std::move(record), .raw = *std::move(before)};
    CO_TRY_OK(load_organization(account, rows, out));
    CO_TRY_OK(load_policies(account, rows, out));
    CO_TRY_OK(load_users(account, rows, out));
    CO_TRY_OK(load_groups(account, rows, out));
    CO_TRY_OK(load_roles(account, rows, out));
    CO_TRY_OK(load_keys(account, rows, out));
    co_return std::optional(std::move(out));
  }
}

void Iam::Impl::show(const std::string& account, LoadedAccount loaded) {
  if (loaded.member && loaded.member->closed_ms != 0) {
    // Nobody of a closed account is a principal any more.
    loaded.users.clear();
    loaded.groups.clear();
    loaded.roles.clear();
    loaded.keys.clear();
  }
  auto head = accounts.find(account, kSelf);
  std::vector<std::string> old_keys = head ? head->value.root_keys : std::vector<std::string>();
  for (const UserPtr& user : all_users(account)) {
    old_keys.insert(old_keys.end(), user->access_key_ids.begin(), user->access_key_ids.end());
    auto now = loaded.users.find(lower(user->name));
    if (now == loaded.users.end()) hide_user(*user);
    if (now != loaded.users.end() && now->second->id != user->id)
      users_by_id.erase(user->id, kSelf);
  }
  for (const std::string& id : old_keys)
    if (!loaded.keys.contains(id)) hide_key(id);
  if (loaded.member) members.put(account, kSelf, *std::move(loaded.member), {});
  for (auto& [id, creation] : loaded.creations) creations.put(account, id, std::move(creation), {});
  for (const auto& [id, _] : controls.list(account, "", SIZE_MAX))
    if (!loaded.controls.contains(id)) controls.erase(account, id);
  for (auto& [id, control] : loaded.controls) controls.put(account, id, std::move(control), {});
  for (const auto& [name, _] : policies.list(account, "", SIZE_MAX))
    if (!loaded.policies.contains(name)) policies.erase(account, name);
  for (auto& [name, policy] : loaded.policies) policies.put(account, name, std::move(policy), {});
  // Groups before users: a user's rights are assembled from both.
  for (const GroupPtr& group : all_groups(account))
    if (!loaded.groups.contains(lower(group->name))) hide_group(*group);
  for (auto& [name, group] : loaded.groups) groups.put(account, name, std::move(group), {});
  for (auto& [name, user] : loaded.users) {
    auto whole = with_caller(*user);
    if (whole.ok()) {
      show_user(*whole);
      continue;
    }
    // A user whose policies are not all there is no caller: its keys do not work until an operator
    // looks.
    log::error("iam_user_without_policy",
               {{"user", user->arn()}, {"error", whole.error().message}});
    hide_user(*user);
  }
  show_roles(account, loaded.roles);
  for (auto& [id, key] : loaded.keys) {
    if (auto known = keys.find(id, kSelf)) key.last_use = known->value.last_use;
    show_key(std::move(key));
  }
  accounts.put(account, kSelf, std::move(loaded.record), std::move(loaded.raw));
}

Task<Status> Iam::Impl::reload(std::string account) {
  CO_TRY(auto loaded, co_await read_account(account));
  if (!loaded) co_return internal_error("an account is gone");
  show(account, *std::move(loaded));
  renew_levels();
  co_return ok_status();
}

Task<Status> Iam::load() {
  CO_TRY(auto partitions, co_await impl_->deps.meta.partitions("account/"));
  for (const store::Partition& p : partitions) {
    std::string account = p.name.substr(std::string_view("account/").size());
    CO_TRY(auto loaded, co_await impl_->read_account(account));
    if (!loaded) continue;
    impl_->show(account, *std::move(loaded));
  }
  impl_->renew_levels();
  co_return ok_status();
}

}  // namespace coffer::iam
