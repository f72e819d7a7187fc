// Groups. Source: IAM API Reference, CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup,
// AddUserToGroup, RemoveUserFromGroup, ListGroupsForUser.
#include "base/encoding.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr size_t kGroupNameMax = 128;

Error group_exists(std::string_view name) {
  return {"EntityAlreadyExists", fmt::format("Group with name {} already exists.", name)};
}
Error delete_conflict(std::string_view what) {
  return {"DeleteConflict", fmt::format("Cannot delete entity, must {} first.", what)};
}

bool holds(const Group& group, std::string_view user_id) {
  return std::find(group.user_ids.begin(), group.user_ids.end(), user_id) != group.user_ids.end();
}

// to is the change after which `group` is as given.
Change to(Iam::Impl& impl, Group group) {
  auto renewed = std::make_shared<const Group>(std::move(group));
  return {.puts = {row_of(*renewed)}, .publish = [&impl, renewed] { impl.show_group(renewed); }};
}

Result<Change> plan_create(Iam::Impl& impl, const Group& group) {
  if (impl.find_group(group.account, group.name)) return group_exists(group.name);
  if (impl.groups.count(group.account) >= kGroupsMax)
    return Error{"LimitExceeded",
                 fmt::format("Cannot exceed quota for GroupsPerAccount: {}", kGroupsMax)};
  return to(impl, group);
}

Result<Change> plan_update(Iam::Impl& impl, const std::string& account, const std::string& name,
                           const std::optional<std::string>& new_name,
                           const std::optional<std::string>& new_path) {
  TRY(GroupPtr group, impl.group(account, name));
  GroupPtr other = new_name ? impl.find_group(account, *new_name) : nullptr;
  if (other && other->id != group->id) return group_exists(*new_name);
  Group next = *group;
  if (new_name) next.name = *new_name;
  if (new_path) next.path = *new_path;
  Change change = to(impl, next);
  if (group_row(group->name) == group_row(next.name)) return change;
  change.deletes.push_back(group_row(group->name));
  for (const authz::NamedPolicy& p : group->inline_policies) {
    change.deletes.push_back(group_policy_row(group->name, p.name));
    change.puts.push_back({group_policy_row(next.name, p.name), encode_document(p.policy->text())});
  }
  change.publish = [&impl, group, show = std::move(change.publish)] {
    impl.groups.erase(group->account, lower(group->name));
    show();
  };
  return change;
}

Result<Change> plan_delete(Iam::Impl& impl, const std::string& account, const std::string& name) {
  TRY(GroupPtr group, impl.group(account, name));
  if (!group->user_ids.empty()) return delete_conflict("remove users from group");
  if (!group->attached.empty()) return delete_conflict("detach all policies");
  if (!group->inline_policies.empty()) return delete_conflict("delete policies");
  return Change{.deletes = {group_row(group->name)},
                .publish = [&impl, group] { impl.hide_group(*group); }};
}

Result<Change> plan_add(Iam::Impl& impl, const std::string& account, const std::string& name,
                        const std::string& user_name) {
  TRY(GroupPtr group, impl.group(account, name));
  TRY(UserPtr user, impl.user(account, user_name));
  if (holds(*group, user->id)) return Change{.nothing = true};
  if (impl.groups_of(*user).size() >= kGroupsPerUserMax)
    return Error{"LimitExceeded",
                 fmt::format("Cannot exceed quota for GroupsPerUser: {}", kGroupsPerUserMax)};
  Group next = *group;
  next.user_ids.push_back(user->id);
  return to(impl, std::move(next));
}

Result<Change> plan_remove(Iam::Impl& impl, const std::string& account, const std::string& name,
                           const std::string& user_name) {
  TRY(GroupPtr group, impl.group(account, name));
  TRY(UserPtr user, impl.user(account, user_name));
  Group next = *group;
  if (std::erase(next.user_ids, user->id) == 0) return Change{.nothing = true};
  Change change = to(impl, std::move(next));
  change.publish = [&impl, user, show = std::move(change.publish)] {
    show();
    impl.renew_users(user->account, {user->id});
  };
  return change;
}

}  // namespace

// ---- In memory.

GroupPtr Iam::Impl::find_group(std::string_view account, std::string_view name) const {
  auto entry = groups.find(account, lower(name));
  return entry ? entry->value : nullptr;
}

Result<GroupPtr> Iam::Impl::group(std::string_view account, std::string_view name) const {
  GroupPtr found = find_group(account, name);
  if (!found)
    return Error{"NoSuchEntity", fmt::format("The group with name {} cannot be found.", name)};
  return found;
}

std::vector<GroupPtr> Iam::Impl::all_groups(std::string_view account) const {
  std::vector<GroupPtr> out;
  for (auto& [_, entry] : groups.list(account, "", SIZE_MAX)) out.push_back(entry->value);
  return out;
}

std::vector<GroupPtr> Iam::Impl::groups_of(const User& user) const {
  std::vector<GroupPtr> out = all_groups(user.account);
  std::erase_if(out, [&](const GroupPtr& group) { return !holds(*group, user.id); });
  return out;
}

void Iam::Impl::show_group(GroupPtr group) {
  groups.put(group->account, lower(group->name), group, {});
  renew_users(group->account, group->user_ids);
}

void Iam::Impl::hide_group(const Group& group) { groups.erase(group.account, lower(group.name)); }

void Iam::Impl::renew_users(std::string_view account, const std::vector<std::string>& user_ids) {
  for (const std::string& id : user_ids) {
    auto user = users_by_id.find(id, kSelf);
    if (!user || user->value->account != account) continue;
    auto renewed = with_caller(*user->value);
    CHECK(renewed.ok());
    show_user(*std::move(renewed));
  }
}

GroupRecord record_of(const Group& group) {
  GroupRecord r{.name = group.name,
                .id = group.id,
                .path = group.path,
                .created_ms = group.created_ms,
                .attached = group.attached,
                .user_ids = group.user_ids};
  for (const authz::NamedPolicy& p : group.inline_policies) r.inline_names.push_back(p.name);
  return r;
}

store::Row row_of(const Group& group) { return {group_row(group.name), encode(record_of(group))}; }

// ---- The operations.

Task<Result<GroupPtr>> Iam::create_group(std::string account, std::string name, std::string path,
                                         audit::Draft& draft) {
  CO_TRY_OK(check_name("groupName", name, kGroupNameMax));
  CO_TRY_OK(check_path(path));
  const Group made{.account = account,
                   .name = name,
                   .id = unique_id(impl_->deps.random, "AGPA"),
                   .path = path,
                   .created_ms = impl_->deps.clock.business_ms() / 1000 * 1000};
  CO_TRY_OK(co_await impl_->change(
      account, &draft, [&](const AccountRecord&) { return plan_create(*impl_, made); }));
  co_return impl_->group(account, name);
}

Result<GroupPtr> Iam::group(std::string_view account, std::string_view name) const {
  return impl_->group(account, name);
}

std::string Iam::group_arn(std::string_view account, std::string_view name) const {
  if (GroupPtr group = impl_->find_group(account, name)) return group->arn();
  return fmt::format("arn:aws:iam::{}:group/{}", account, name);
}

Result<PageOf<GroupPtr>> Iam::groups(std::string_view account, std::string_view path_prefix,
                                     const PageRequest& page) const {
  std::vector<GroupPtr> all = impl_->all_groups(account);
  std::erase_if(all, [&](const GroupPtr& g) { return !g->path.starts_with(path_prefix); });
  return page_by(all, page, [](const GroupPtr& g) { return lower(g->name); });
}

Task<Status> Iam::update_group(std::string account, std::string name,
                               std::optional<std::string> new_name,
                               std::optional<std::string> new_path, audit::Draft& draft) {
  if (new_name) CO_TRY_OK(check_name("newGroupName", *new_name, kGroupNameMax));
  if (new_path) CO_TRY_OK(check_path(*new_path));
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_update(*impl_, account, name, new_name, new_path);
  });
}

Task<Status> Iam::delete_group(std::string account, std::string name, audit::Draft& draft) {
  co_return co_await impl_->change(
      account, &draft, [&](const AccountRecord&) { return plan_delete(*impl_, account, name); });
}

Task<Status> Iam::add_user_to_group(std::string account, std::string group_name,
                                    std::string user_name, audit::Draft& draft) {
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_add(*impl_, account, group_name, user_name);
  });
}

Task<Status> Iam::remove_user_from_group(std::string account, std::string group_name,
                                         std::string user_name, audit::Draft& draft) {
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_remove(*impl_, account, group_name, user_name);
  });
}

Result<PageOf<UserPtr>> Iam::users_in_group(std::string_view account, std::string_view group_name,
                                            const PageRequest& page) const {
  TRY(GroupPtr group, impl_->group(account, group_name));
  std::vector<UserPtr> all;
  for (const std::string& id : group->user_ids)
    if (auto user = impl_->users_by_id.find(id, kSelf)) all.push_back(user->value);
  std::sort(all.begin(), all.end(),
            [](const UserPtr& a, const UserPtr& b) { return lower(a->name) < lower(b->name); });
  return page_by(all, page, [](const UserPtr& u) { return lower(u->name); });
}

Result<PageOf<GroupPtr>> Iam::groups_of_user(std::string_view account, std::string_view user_name,
                                             const PageRequest& page) const {
  TRY(UserPtr user, impl_->user(account, user_name));
  return page_by(impl_->groups_of(*user), page, [](const GroupPtr& g) { return lower(g->name); });
}

}  // namespace coffer::iam
