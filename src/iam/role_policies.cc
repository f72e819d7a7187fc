// A role's policies: attached and inline.
// Source: IAM API Reference, AttachRolePolicy, DetachRolePolicy, ListAttachedRolePolicies,
// PutRolePolicy, GetRolePolicy, DeleteRolePolicy, ListRolePolicies.
#include "base/arn.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr size_t kPolicyNameMax = 128;

Error no_inline(std::string_view name) {
  return {"NoSuchEntity", fmt::format("The role policy with name {} cannot be found.", name)};
}

Result<Change> plan_attach(Iam::Impl& impl, const std::string& account,
                           const std::string& role_name, const std::string& arn) {
  TRY(RolePtr role, impl.role(account, role_name));
  if (!impl.resolve(account, arn))
    return Error{"NoSuchEntity",
                 fmt::format("Policy {} does not exist or is not attachable.", arn)};
  if (std::find(role->attached.begin(), role->attached.end(), arn) != role->attached.end())
    return Change{.nothing = true};
  if (role->attached.size() >= kAttachedPoliciesMax)
    return Error{"LimitExceeded",
                 fmt::format("Cannot exceed quota for PoliciesPerRole: {}", kAttachedPoliciesMax)};
  Role next = *role;
  next.attached.push_back(arn);
  TRY(RolePtr renewed, impl.with_caller(std::move(next)));
  return Change{.puts = {row_of(*renewed)},
                .publish = [&impl, renewed] { impl.show_role(renewed); }};
}

Result<Change> plan_detach(Iam::Impl& impl, const std::string& account,
                           const std::string& role_name, const std::string& arn) {
  TRY(RolePtr role, impl.role(account, role_name));
  Role next = *role;
  if (std::erase(next.attached, arn) == 0)
    return Error{"NoSuchEntity", fmt::format("Policy {} was not found.", arn)};
  TRY(RolePtr renewed, impl.with_caller(std::move(next)));
  return Change{.puts = {row_of(*renewed)},
                .publish = [&impl, renewed] { impl.show_role(renewed); }};
}

Result<Change> plan_put(Iam::Impl& impl, const std::string& account, const std::string& role_name,
                        const authz::NamedPolicy& policy) {
  TRY(RolePtr role, impl.role(account, role_name));
  Role next = *role;
  auto& list = next.inline_policies;
  auto at = std::lower_bound(list.begin(), list.end(), policy.name,
                             [](const auto& p, const std::string& name) { return p.name < name; });
  if (at != list.end() && at->name == policy.name)
    *at = policy;
  else
    list.insert(at, policy);
  size_t size = 0;
  for (const authz::NamedPolicy& p : list) size += size_without_space(p.policy->text());
  if (size > kRoleInlinePoliciesSizeMax)
    return Error{"LimitExceeded",
                 fmt::format("Maximum policy size of {} bytes exceeded for role {}",
                             kRoleInlinePoliciesSizeMax, role->name)};
  TRY(RolePtr renewed, impl.with_caller(std::move(next)));
  Change change{
      .puts = {row_of(*renewed),
               {role_policy_row(role->name, policy.name), encode_document(policy.policy->text())}}};
  change.publish = [&impl, renewed] { impl.show_role(renewed); };
  return change;
}

Result<Change> plan_delete(Iam::Impl& impl, const std::string& account,
                           const std::string& role_name, const std::string& policy_name) {
  TRY(RolePtr role, impl.role(account, role_name));
  Role next = *role;
  if (std::erase_if(next.inline_policies, [&](const auto& p) { return p.name == policy_name; }) ==
      0)
    return no_inline(policy_name);
  TRY(RolePtr renewed, impl.with_caller(std::move(next)));
  Change change{.puts = {row_of(*renewed)}, .deletes = {role_policy_row(role->name, policy_name)}};
  change.publish = [&impl, renewed] { impl.show_role(renewed); };
  return change;
}

Status check_arn(std::string_view arn) {
  if (!Arn::parse(arn)) return Error{"ValidationError", "Invalid ARN:  Could not be parsed!"};
  return ok_status();
}

}  // namespace

Task<Status> Iam::attach_role_policy(std::string account, std::string role_name, std::string arn,
                                     audit::Draft& draft) {
  CO_TRY_OK(check_arn(arn));
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_attach(*impl_, account, role_name, arn);
  });
}

Task<Status> Iam::detach_role_policy(std::string account, std::string role_name, std::string arn,
                                     audit::Draft& draft) {
  CO_TRY_OK(check_arn(arn));
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_detach(*impl_, account, role_name, arn);
  });
}

Result<PageOf<std::string>> Iam::attached_role_policies(std::string_view account,
                                                        std::string_view role_name,
                                                        std::string_view path_prefix,
                                                        const PageRequest& page) const {
  TRY(RolePtr role, impl_->role(account, role_name));
  std::vector<std::string> all = role->attached;
  std::erase_if(all, [&](const std::string& arn) {
    size_t path = arn.find('/');  // arn:…:policy/path/name
    return path == std::string::npos ||
           !std::string_view(arn).substr(path, arn.rfind('/') - path + 1).starts_with(path_prefix);
  });
  return page_of(all, page);
}

Task<Status> Iam::put_role_policy(std::string account, std::string role_name,
                                  std::string policy_name, std::string document,
                                  audit::Draft& draft) {
  CO_TRY_OK(check_name("policyName", policy_name, kPolicyNameMax));
  CO_TRY_OK(impl_->role(account, role_name));
  CO_TRY(auto compiled, co_await impl_->compile(std::move(document)));
  authz::NamedPolicy policy{std::move(policy_name), std::move(compiled)};
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_put(*impl_, account, role_name, policy);
  });
}

Result<std::string> Iam::role_policy(std::string_view account, std::string_view role_name,
                                     std::string_view policy_name) const {
  TRY(RolePtr role, impl_->role(account, role_name));
  for (const authz::NamedPolicy& p : role->inline_policies)
    if (p.name == policy_name) return p.policy->text();
  return no_inline(policy_name);
}

Task<Status> Iam::delete_role_policy(std::string account, std::string role_name,
                                     std::string policy_name, audit::Draft& draft) {
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_delete(*impl_, account, role_name, policy_name);
  });
}

Result<PageOf<std::string>> Iam::role_policies(std::string_view account, std::string_view role_name,
                                               const PageRequest& page) const {
  TRY(RolePtr role, impl_->role(account, role_name));
  std::vector<std::string> all;
  for (const authz::NamedPolicy& p : role->inline_policies) all.push_back(p.name);
  return page_by(all, page, [](const std::string& name) { return name; });
}

}  // namespace coffer::iam
