// The policies of users, groups and roles: attached and inline.
// Source: IAM API Reference, AttachUserPolicy, DetachUserPolicy, ListAttachedUserPolicies,
// PutUserPolicy, GetUserPolicy, DeleteUserPolicy, ListUserPolicies, and their kin for groups and
// roles.
#include "base/arn.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr size_t kPolicyNameMax = 128;

// OfUser, OfGroup and OfRole say what differs.
struct OfUser {
  using Entity = User;
  static constexpr std::string_view kWord = "user", kQuota = "PoliciesPerUser";
  static constexpr size_t kInlineMax = kInlinePoliciesSizeMax;
  static Result<UserPtr> find(const Iam::Impl& impl, std::string_view account,
                              std::string_view name) {
    return impl.user(account, name);
  }
  static void show(Iam::Impl& impl, UserPtr user) { impl.show_user(std::move(user)); }
  static std::string inline_row(std::string_view name, std::string_view policy) {
    return user_policy_row(name, policy);
  }
};
struct OfGroup {
  using Entity = Group;
  static constexpr std::string_view kWord = "group", kQuota = "PoliciesPerGroup";
  static constexpr size_t kInlineMax = kGroupInlinePoliciesSizeMax;
  static Result<GroupPtr> find(const Iam::Impl& impl, std::string_view account,
                               std::string_view name) {
    return impl.group(account, name);
  }
  static void show(Iam::Impl& impl, GroupPtr group) { impl.show_group(std::move(group)); }
  static std::string inline_row(std::string_view name, std::string_view policy) {
    return group_policy_row(name, policy);
  }
};
struct OfRole {
  using Entity = Role;
  static constexpr std::string_view kWord = "role", kQuota = "PoliciesPerRole";
  static constexpr size_t kInlineMax = kRoleInlinePoliciesSizeMax;
  static Result<RolePtr> find(const Iam::Impl& impl, std::string_view account,
                              std::string_view name) {
    return impl.role(account, name);
  }
  static void show(Iam::Impl& impl, RolePtr role) { impl.show_role(std::move(role)); }
  static std::string inline_row(std::string_view name, std::string_view policy) {
    return role_policy_row(name, policy);
  }
};

template <class Of>
Error no_inline(std::string_view name) {
  return {"NoSuchEntity",
          fmt::format("The {} policy with name {} cannot be found.", Of::kWord, name)};
}

template <class Entity>
auto complete(const Iam::Impl& impl, Entity next) {
  return impl.with_caller(std::move(next));
}
Result<GroupPtr> complete(const Iam::Impl&, Group next) {
  return std::make_shared<const Group>(std::move(next));
}

// renewed is the change after which the entity is as given.
template <class Of>
Result<Change> renewed(Iam::Impl& impl, typename Of::Entity next) {
  TRY(auto whole, complete(impl, std::move(next)));
  return Change{.puts = {row_of(*whole)}, .publish = [&impl, whole] { Of::show(impl, whole); }};
}

template <class Of>
Result<Change> plan_attach(Iam::Impl& impl, const std::string& account, const std::string& name,
                           const std::string& arn) {
  TRY(auto entity, Of::find(impl, account, name));
  if (!impl.resolve(account, arn))
    return Error{"NoSuchEntity",
                 fmt::format("Policy {} does not exist or is not attachable.", arn)};
  const auto& attached = entity->attached;
  if (std::find(attached.begin(), attached.end(), arn) != attached.end())
    return Change{.nothing = true};
  if (attached.size() >= kAttachedPoliciesMax)
    return Error{"LimitExceeded",
                 fmt::format("Cannot exceed quota for {}: {}", Of::kQuota, kAttachedPoliciesMax)};
  auto next = *entity;
  next.attached.push_back(arn);
  return renewed<Of>(impl, std::move(next));
}

template <class Of>
Result<Change> plan_detach(Iam::Impl& impl, const std::string& account, const std::string& name,
                           const std::string& arn) {
  TRY(auto entity, Of::find(impl, account, name));
  auto next = *entity;
  if (std::erase(next.attached, arn) == 0)
    return Error{"NoSuchEntity", fmt::format("Policy {} was not found.", arn)};
  return renewed<Of>(impl, std::move(next));
}

template <class Of>
Result<Change> plan_put(Iam::Impl& impl, const std::string& account, const std::string& name,
                        const authz::NamedPolicy& policy) {
  TRY(auto entity, Of::find(impl, account, name));
  auto next = *entity;
  auto& list = next.inline_policies;
  auto at = std::lower_bound(list.begin(), list.end(), policy.name,
                             [](const auto& p, const std::string& n) { return p.name < n; });
  if (at != list.end() && at->name == policy.name)
    *at = policy;
  else
    list.insert(at, policy);
  size_t size = 0;
  for (const authz::NamedPolicy& p : list) size += size_without_space(p.policy->text());
  if (size > Of::kInlineMax)
    return Error{"LimitExceeded", fmt::format("Maximum policy size of {} bytes exceeded for {} {}",
                                              Of::kInlineMax, Of::kWord, entity->name)};
  TRY(Change change, renewed<Of>(impl, std::move(next)));
  change.puts.push_back(
      {Of::inline_row(entity->name, policy.name), encode_document(policy.policy->text())});
  return change;
}

template <class Of>
Result<Change> plan_delete(Iam::Impl& impl, const std::string& account, const std::string& name,
                           const std::string& policy_name) {
  TRY(auto entity, Of::find(impl, account, name));
  auto next = *entity;
  if (std::erase_if(next.inline_policies, [&](const auto& p) { return p.name == policy_name; }) ==
      0)
    return no_inline<Of>(policy_name);
  TRY(Change change, renewed<Of>(impl, std::move(next)));
  change.deletes.push_back(Of::inline_row(entity->name, policy_name));
  return change;
}

Status check_arn(std::string_view arn) {
  if (!Arn::parse(arn)) return Error{"ValidationError", "Invalid ARN:  Could not be parsed!"};
  return ok_status();
}

template <class Of>
Task<Status> attach(Iam::Impl& impl, std::string account, std::string name, std::string arn,
                    audit::Draft& draft) {
  CO_TRY_OK(check_arn(arn));
  co_return co_await impl.change(account, &draft, [&](const AccountRecord&) {
    return plan_attach<Of>(impl, account, name, arn);
  });
}

template <class Of>
Task<Status> detach(Iam::Impl& impl, std::string account, std::string name, std::string arn,
                    audit::Draft& draft) {
  CO_TRY_OK(check_arn(arn));
  co_return co_await impl.change(account, &draft, [&](const AccountRecord&) {
    return plan_detach<Of>(impl, account, name, arn);
  });
}

template <class Of>
Result<PageOf<std::string>> attached_to(const Iam::Impl& impl, std::string_view account,
                                        std::string_view name, std::string_view path_prefix,
                                        const PageRequest& page) {
  TRY(auto entity, Of::find(impl, account, name));
  std::vector<std::string> all = entity->attached;
  std::erase_if(all, [&](const std::string& arn) {
    size_t path = arn.find('/');  // arn:…:policy/path/name
    return path == std::string::npos ||
           !std::string_view(arn).substr(path, arn.rfind('/') - path + 1).starts_with(path_prefix);
  });
  return page_of(all, page);
}

template <class Of>
Task<Status> put_inline(Iam::Impl& impl, std::string account, std::string name,
                        std::string policy_name, std::string document, audit::Draft& draft) {
  CO_TRY_OK(check_name("policyName", policy_name, kPolicyNameMax));
  CO_TRY_OK(Of::find(impl, account, name));
  CO_TRY(auto compiled, co_await impl.compile(std::move(document)));
  authz::NamedPolicy policy{std::move(policy_name), std::move(compiled)};
  co_return co_await impl.change(account, &draft, [&](const AccountRecord&) {
    return plan_put<Of>(impl, account, name, policy);
  });
}

template <class Of>
Result<std::string> inline_of(const Iam::Impl& impl, std::string_view account,
                              std::string_view name, std::string_view policy_name) {
  TRY(auto entity, Of::find(impl, account, name));
  for (const authz::NamedPolicy& p : entity->inline_policies)
    if (p.name == policy_name) return p.policy->text();
  return no_inline<Of>(policy_name);
}

template <class Of>
Task<Status> delete_inline(Iam::Impl& impl, std::string account, std::string name,
                           std::string policy_name, audit::Draft& draft) {
  co_return co_await impl.change(account, &draft, [&](const AccountRecord&) {
    return plan_delete<Of>(impl, account, name, policy_name);
  });
}

template <class Of>
Result<PageOf<std::string>> inline_names(const Iam::Impl& impl, std::string_view account,
                                         std::string_view name, const PageRequest& page) {
  TRY(auto entity, Of::find(impl, account, name));
  std::vector<std::string> all;
  for (const authz::NamedPolicy& p : entity->inline_policies) all.push_back(p.name);
  return page_by(all, page, [](const std::string& n) { return n; });
}

}  // namespace

// ---- Of a user.

Task<Status> Iam::attach_user_policy(std::string account, std::string user_name, std::string arn,
                                     audit::Draft& draft) {
  return attach<OfUser>(*impl_, std::move(account), std::move(user_name), std::move(arn), draft);
}

Task<Status> Iam::detach_user_policy(std::string account, std::string user_name, std::string arn,
                                     audit::Draft& draft) {
  return detach<OfUser>(*impl_, std::move(account), std::move(user_name), std::move(arn), draft);
}

Result<PageOf<std::string>> Iam::attached_user_policies(std::string_view account,
                                                        std::string_view user_name,
                                                        std::string_view path_prefix,
                                                        const PageRequest& page) const {
  return attached_to<OfUser>(*impl_, account, user_name, path_prefix, page);
}

Task<Status> Iam::put_user_policy(std::string account, std::string user_name,
                                  std::string policy_name, std::string document,
                                  audit::Draft& draft) {
  return put_inline<OfUser>(*impl_, std::move(account), std::move(user_name),
                            std::move(policy_name), std::move(document), draft);
}

Result<std::string> Iam::user_policy(std::string_view account, std::string_view user_name,
                                     std::string_view policy_name) const {
  return inline_of<OfUser>(*impl_, account, user_name, policy_name);
}

Task<Status> Iam::delete_user_policy(std::string account, std::string user_name,
                                     std::string policy_name, audit::Draft& draft) {
  return delete_inline<OfUser>(*impl_, std::move(account), std::move(user_name),
                               std::move(policy_name), draft);
}

Result<PageOf<std::string>> Iam::user_policies(std::string_view account, std::string_view user_name,
                                               const PageRequest& page) const {
  return inline_names<OfUser>(*impl_, account, user_name, page);
}

// ---- Of a role.

Task<Status> Iam::attach_role_policy(std::string account, std::string role_name, std::string arn,
                                     audit::Draft& draft) {
  return attach<OfRole>(*impl_, std::move(account), std::move(role_name), std::move(arn), draft);
}

Task<Status> Iam::detach_role_policy(std::string account, std::string role_name, std::string arn,
                                     audit::Draft& draft) {
  return detach<OfRole>(*impl_, std::move(account), std::move(role_name), std::move(arn), draft);
}

Result<PageOf<std::string>> Iam::attached_role_policies(std::string_view account,
                                                        std::string_view role_name,
                                                        std::string_view path_prefix,
                                                        const PageRequest& page) const {
  return attached_to<OfRole>(*impl_, account, role_name, path_prefix, page);
}

Task<Status> Iam::put_role_policy(std::string account, std::string role_name,
                                  std::string policy_name, std::string document,
                                  audit::Draft& draft) {
  return put_inline<OfRole>(*impl_, std::move(account), std::move(role_name),
                            std::move(policy_name), std::move(document), draft);
}

Result<std::string> Iam::role_policy(std::string_view account, std::string_view role_name,
                                     std::string_view policy_name) const {
  return inline_of<OfRole>(*impl_, account, role_name, policy_name);
}

Task<Status> Iam::delete_role_policy(std::string account, std::string role_name,
                                     std::string policy_name, audit::Draft& draft) {
  return delete_inline<OfRole>(*impl_, std::move(account), std::move(role_name),
                               std::move(policy_name), draft);
}

Result<PageOf<std::string>> Iam::role_policies(std::string_view account, std::string_view role_name,
                                               const PageRequest& page) const {
  return inline_names<OfRole>(*impl_, account, role_name, page);
}

// ---- Of a group.

Task<Status> Iam::attach_group_policy(std::string account, std::string group_name, std::string arn,
                                      audit::Draft& draft) {
  return attach<OfGroup>(*impl_, std::move(account), std::move(group_name), std::move(arn), draft);
}

Task<Status> Iam::detach_group_policy(std::string account, std::string group_name, std::string arn,
                                      audit::Draft& draft) {
  return detach<OfGroup>(*impl_, std::move(account), std::move(group_name), std::move(arn), draft);
}

Result<PageOf<std::string>> Iam::attached_group_policies(std::string_view account,
                                                         std::string_view group_name,
                                                         std::string_view path_prefix,
                                                         const PageRequest& page) const {
  return attached_to<OfGroup>(*impl_, account, group_name, path_prefix, page);
}

Task<Status> Iam::put_group_policy(std::string account, std::string group_name,
                                   std::string policy_name, std::string document,
                                   audit::Draft& draft) {
  return put_inline<OfGroup>(*impl_, std::move(account), std::move(group_name),
                             std::move(policy_name), std::move(document), draft);
}

Result<std::string> Iam::group_policy(std::string_view account, std::string_view group_name,
                                      std::string_view policy_name) const {
  return inline_of<OfGroup>(*impl_, account, group_name, policy_name);
}

Task<Status> Iam::delete_group_policy(std::string account, std::string group_name,
                                      std::string policy_name, audit::Draft& draft) {
  return delete_inline<OfGroup>(*impl_, std::move(account), std::move(group_name),
                                std::move(policy_name), draft);
}

Result<PageOf<std::string>> Iam::group_policies(std::string_view account,
                                                std::string_view group_name,
                                                const PageRequest& page) const {
  return inline_names<OfGroup>(*impl_, account, group_name, page);
}

}  // namespace coffer::iam
