// A user's policies: attached and inline.
// Source: IAM API Reference, AttachUserPolicy, DetachUserPolicy, ListAttachedUserPolicies,
// PutUserPolicy, GetUserPolicy, DeleteUserPolicy, ListUserPolicies.
#include "base/arn.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr size_t kPolicyNameMax = 128;

Error no_inline(std::string_view name) {
  return {"NoSuchEntity", fmt::format("The user policy with name {} cannot be found.", name)};
}

Result<Change> plan_attach(Iam::Impl& impl, const std::string& account,
                           const std::string& user_name, const std::string& arn) {
  TRY(UserPtr user, impl.user(account, user_name));
  if (!impl.resolve(account, arn))
    return Error{"NoSuchEntity",
                 fmt::format("Policy {} does not exist or is not attachable.", arn)};
  if (std::find(user->attached.begin(), user->attached.end(), arn) != user->attached.end())
    return Change{.nothing = true};
  if (user->attached.size() >= kAttachedPoliciesMax)
    return Error{"LimitExceeded",
                 fmt::format("Cannot exceed quota for PoliciesPerUser: {}", kAttachedPoliciesMax)};
  User next = *user;
  next.attached.push_back(arn);
  TRY(UserPtr renewed, impl.with_caller(std::move(next)));
  return Change{.puts = {row_of(*renewed)},
                .publish = [&impl, renewed] { impl.show_user(renewed); }};
}

Result<Change> plan_detach(Iam::Impl& impl, const std::string& account,
                           const std::string& user_name, const std::string& arn) {
  TRY(UserPtr user, impl.user(account, user_name));
  User next = *user;
  if (std::erase(next.attached, arn) == 0)
    return Error{"NoSuchEntity", fmt::format("Policy {} was not found.", arn)};
  TRY(UserPtr renewed, impl.with_caller(std::move(next)));
  return Change{.puts = {row_of(*renewed)},
                .publish = [&impl, renewed] { impl.show_user(renewed); }};
}

Result<Change> plan_put(Iam::Impl& impl, const std::string& account, const std::string& user_name,
                        const authz::NamedPolicy& policy) {
  TRY(UserPtr user, impl.user(account, user_name));
  User next = *user;
  auto& list = next.inline_policies;
  auto at = std::lower_bound(list.begin(), list.end(), policy.name,
                             [](const auto& p, const std::string& name) { return p.name < name; });
  if (at != list.end() && at->name == policy.name)
    *at = policy;
  else
    list.insert(at, policy);
  size_t size = 0;
  for (const authz::NamedPolicy& p : list) size += size_without_space(p.policy->text());
  if (size > kInlinePoliciesSizeMax)
    return Error{"LimitExceeded",
                 fmt::format("Maximum policy size of {} bytes exceeded for user {}",
                             kInlinePoliciesSizeMax, user->name)};
  TRY(UserPtr renewed, impl.with_caller(std::move(next)));
  Change change{
      .puts = {row_of(*renewed),
               {user_policy_row(user->name, policy.name), encode_document(policy.policy->text())}}};
  change.publish = [&impl, renewed] { impl.show_user(renewed); };
  return change;
}

Result<Change> plan_delete(Iam::Impl& impl, const std::string& account,
                           const std::string& user_name, const std::string& policy_name) {
  TRY(UserPtr user, impl.user(account, user_name));
  User next = *user;
  if (std::erase_if(next.inline_policies, [&](const auto& p) { return p.name == policy_name; }) ==
      0)
    return no_inline(policy_name);
  TRY(UserPtr renewed, impl.with_caller(std::move(next)));
  Change change{.puts = {row_of(*renewed)}, .deletes = {user_policy_row(user->name, policy_name)}};
  change.publish = [&impl, renewed] { impl.show_user(renewed); };
  return change;
}

Status check_arn(std::string_view arn) {
  if (!Arn::parse(arn)) return Error{"ValidationError", "Invalid ARN:  Could not be parsed!"};
  return ok_status();
}

}  // namespace

Task<Status> Iam::attach_user_policy(std::string account, std::string user_name, std::string arn,
                                     audit::Draft& draft) {
  CO_TRY_OK(check_arn(arn));
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_attach(*impl_, account, user_name, arn);
  });
}

Task<Status> Iam::detach_user_policy(std::string account, std::string user_name, std::string arn,
                                     audit::Draft& draft) {
  CO_TRY_OK(check_arn(arn));
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_detach(*impl_, account, user_name, arn);
  });
}

Result<PageOf<std::string>> Iam::attached_user_policies(std::string_view account,
                                                        std::string_view user_name,
                                                        std::string_view path_prefix,
                                                        const PageRequest& page) const {
  TRY(UserPtr user, impl_->user(account, user_name));
  std::vector<std::string> all = user->attached;
  std::erase_if(all, [&](const std::string& arn) {
    size_t path = arn.find('/');  // arn:…:policy/path/name
    return path == std::string::npos ||
           !std::string_view(arn).substr(path, arn.rfind('/') - path + 1).starts_with(path_prefix);
  });
  return page_of(all, page);
}

Task<Status> Iam::put_user_policy(std::string account, std::string user_name,
                                  std::string policy_name, std::string document,
                                  audit::Draft& draft) {
  CO_TRY_OK(check_name("policyName", policy_name, kPolicyNameMax));
  CO_TRY_OK(impl_->user(account, user_name));
  CO_TRY(auto compiled, co_await impl_->compile(std::move(document)));
  authz::NamedPolicy policy{std::move(policy_name), std::move(compiled)};
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_put(*impl_, account, user_name, policy);
  });
}

Result<std::string> Iam::user_policy(std::string_view account, std::string_view user_name,
                                     std::string_view policy_name) const {
  TRY(UserPtr user, impl_->user(account, user_name));
  for (const authz::NamedPolicy& p : user->inline_policies)
    if (p.name == policy_name) return p.policy->text();
  return no_inline(policy_name);
}

Task<Status> Iam::delete_user_policy(std::string account, std::string user_name,
                                     std::string policy_name, audit::Draft& draft) {
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_delete(*impl_, account, user_name, policy_name);
  });
}

Result<PageOf<std::string>> Iam::user_policies(std::string_view account, std::string_view user_name,
                                               const PageRequest& page) const {
  TRY(UserPtr user, impl_->user(account, user_name));
  std::vector<std::string> all;
  for (const authz::NamedPolicy& p : user->inline_policies) all.push_back(p.name);
  return page_by(all, page, [](const std::string& name) { return name; });
}

}  // namespace coffer::iam
