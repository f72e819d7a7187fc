// Tags and permissions boundaries of users, roles and policies, and how much an account has.
// Source: IAM API Reference, TagUser, UntagUser, ListUserTags, PutUserPermissionsBoundary,
// DeleteUserPermissionsBoundary, their kin for roles and policies, and GetAccountSummary.
#include "base/encoding.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

Status add_tags(std::vector<Tag>& to, const std::vector<Tag>& tags, std::string_view quota) {
  for (const Tag& tag : tags) {
    auto at =
        std::find_if(to.begin(), to.end(), [&](const Tag& t) { return iequals(t.key, tag.key); });
    if (at == to.end())
      to.push_back(tag);
    else
      *at = tag;
  }
  if (to.size() > kTagsMax)
    return Error{"LimitExceeded", fmt::format("Cannot exceed quota for {}: {}", quota, kTagsMax)};
  return ok_status();
}

void remove_tags(std::vector<Tag>& from, const std::vector<std::string>& keys) {
  std::erase_if(from, [&](const Tag& tag) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](const std::string& key) { return iequals(key, tag.key); });
  });
}

Result<PageOf<Tag>> page_of_tags(std::vector<Tag> all, const PageRequest& page) {
  std::sort(all.begin(), all.end(), [](const Tag& a, const Tag& b) { return a.key < b.key; });
  return page_by(all, page, [](const Tag& t) { return t.key; });
}

Result<Change> to(Iam::Impl& impl, User user) {
  TRY(UserPtr renewed, impl.with_caller(std::move(user)));
  return Change{.puts = {row_of(*renewed)},
                .publish = [&impl, renewed] { impl.show_user(renewed); }};
}
Result<Change> to(Iam::Impl& impl, Role role) {
  TRY(RolePtr renewed, impl.with_caller(std::move(role)));
  return Change{.puts = {row_of(*renewed)},
                .publish = [&impl, renewed] { impl.show_role(renewed); }};
}

using EditUser = std::function<Status(User&)>;
Task<Status> edit(Iam::Impl& impl, std::string account, std::string name, EditUser edit,
                  audit::Draft& draft) {
  co_return co_await impl.change(account, &draft, [&](const AccountRecord&) -> Result<Change> {
    TRY(UserPtr user, impl.user(account, name));
    User next = *user;
    TRY_OK(edit(next));
    return to(impl, std::move(next));
  });
}

using EditRole = std::function<Status(Role&)>;
Task<Status> edit(Iam::Impl& impl, std::string account, std::string name, EditRole edit,
                  audit::Draft& draft) {
  co_return co_await impl.change(account, &draft, [&](const AccountRecord&) -> Result<Change> {
    TRY(RolePtr role, impl.role(account, name));
    Role next = *role;
    TRY_OK(edit(next));
    return to(impl, std::move(next));
  });
}

using EditPolicy = std::function<Status(LivePolicy&)>;
Task<Status> edit(Iam::Impl& impl, std::string account, std::string arn, EditPolicy edit,
                  audit::Draft& draft) {
  co_return co_await impl.change(account, &draft, [&](const AccountRecord&) -> Result<Change> {
    auto entry = impl.find_policy(account, arn);
    if (!entry) return Error{"NoSuchEntity", fmt::format("Policy {} was not found.", arn)};
    LivePolicy next = entry->value;
    TRY_OK(edit(next));
    store::Row row = row_of(next);
    return Change{.puts = {std::move(row)},
                  .publish = [&impl, next = std::move(next)] { impl.show_policy(next); }};
  });
}

Status check_boundary(const Iam::Impl& impl, std::string_view account,
                      const std::optional<std::string>& arn) {
  if (!arn || impl.resolve(account, *arn)) return ok_status();
  return Error{"NoSuchEntity", fmt::format("Policy {} does not exist or is not attachable.", *arn)};
}

Status no_boundary(std::string_view kind, std::string_view name) {
  return Error{"NoSuchEntity",
               fmt::format("Permissions boundary for {} {} does not exist.", kind, name)};
}

}  // namespace

Task<Status> Iam::tag_user(std::string account, std::string name, std::vector<Tag> tags,
                           audit::Draft& draft) {
  CO_TRY_OK(check_tags(tags));
  EditUser change = [&](User& user) { return add_tags(user.tags, tags, "TagsPerUser"); };
  co_return co_await edit(*impl_, account, name, change, draft);
}

Task<Status> Iam::untag_user(std::string account, std::string name, std::vector<std::string> keys,
                             audit::Draft& draft) {
  EditUser change = [&](User& user) -> Status {
    remove_tags(user.tags, keys);
    return ok_status();
  };
  co_return co_await edit(*impl_, account, name, change, draft);
}

Result<PageOf<Tag>> Iam::user_tags(std::string_view account, std::string_view name,
                                   const PageRequest& page) const {
  TRY(UserPtr user, impl_->user(account, name));
  return page_of_tags(user->tags, page);
}

Task<Status> Iam::bound_user(std::string account, std::string name,
                             std::optional<std::string> policy_arn, audit::Draft& draft) {
  EditUser change = [&](User& user) -> Status {
    TRY_OK(check_boundary(*impl_, account, policy_arn));
    if (!policy_arn && !user.boundary) return no_boundary("user", user.name);
    user.boundary = policy_arn;
    return ok_status();
  };
  co_return co_await edit(*impl_, account, name, change, draft);
}

Task<Status> Iam::tag_role(std::string account, std::string name, std::vector<Tag> tags,
                           audit::Draft& draft) {
  CO_TRY_OK(check_tags(tags));
  EditRole change = [&](Role& role) { return add_tags(role.tags, tags, "TagsPerRole"); };
  co_return co_await edit(*impl_, account, name, change, draft);
}

Task<Status> Iam::untag_role(std::string account, std::string name, std::vector<std::string> keys,
                             audit::Draft& draft) {
  EditRole change = [&](Role& role) -> Status {
    remove_tags(role.tags, keys);
    return ok_status();
  };
  co_return co_await edit(*impl_, account, name, change, draft);
}

Result<PageOf<Tag>> Iam::role_tags(std::string_view account, std::string_view name,
                                   const PageRequest& page) const {
  TRY(RolePtr role, impl_->role(account, name));
  return page_of_tags(role->tags, page);
}

Task<Status> Iam::bound_role(std::string account, std::string name,
                             std::optional<std::string> policy_arn, audit::Draft& draft) {
  EditRole change = [&](Role& role) -> Status {
    TRY_OK(check_boundary(*impl_, account, policy_arn));
    if (!policy_arn && !role.boundary) return no_boundary("role", role.name);
    role.boundary = policy_arn;
    return ok_status();
  };
  co_return co_await edit(*impl_, account, name, change, draft);
}

Task<Status> Iam::tag_policy(std::string account, std::string arn, std::vector<Tag> tags,
                             audit::Draft& draft) {
  CO_TRY_OK(check_tags(tags));
  EditPolicy change = [&](LivePolicy& policy) {
    return add_tags(policy.record.tags, tags, "TagsPerPolicy");
  };
  co_return co_await edit(*impl_, account, arn, change, draft);
}

Task<Status> Iam::untag_policy(std::string account, std::string arn, std::vector<std::string> keys,
                               audit::Draft& draft) {
  EditPolicy change = [&](LivePolicy& policy) -> Status {
    remove_tags(policy.record.tags, keys);
    return ok_status();
  };
  co_return co_await edit(*impl_, account, arn, change, draft);
}

Result<PageOf<Tag>> Iam::policy_tags(std::string_view account, std::string_view arn,
                                     const PageRequest& page) const {
  auto entry = impl_->find_policy(account, arn);
  if (!entry) return Error{"NoSuchEntity", fmt::format("Policy {} was not found.", arn)};
  return page_of_tags(entry->value.record.tags, page);
}

Iam::Summary Iam::summary(std::string_view account) const {
  Summary out{.users = impl_->users.count(account),
              .groups = impl_->groups.count(account),
              .roles = impl_->roles.count(account)};
  for (const auto& [_, policy] : impl_->policies.list(account, "", SIZE_MAX)) {
    ++out.policies;
    out.policy_versions += policy->value.record.versions.size();
  }
  if (auto head = impl_->accounts.find(account, kSelf))
    out.root_keys = head->value.root_keys.size();
  return out;
}

}  // namespace coffer::iam
