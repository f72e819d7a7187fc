// Roles in memory.
#include "base/arn.h"
#include "base/encoding.h"
#include "base/log.h"
#include "iam/impl.h"

namespace coffer::iam {

RolePtr Iam::Impl::find_role(std::string_view account, std::string_view name) const {
  auto entry = roles.find(account, lower(name));
  return entry ? entry->value : nullptr;
}

Result<RolePtr> Iam::Impl::role(std::string_view account, std::string_view name) const {
  RolePtr found = find_role(account, name);
  if (!found)
    return Error{"NoSuchEntity", fmt::format("The role with name {} cannot be found.", name)};
  return found;
}

std::vector<RolePtr> Iam::Impl::all_roles(std::string_view account) const {
  std::vector<RolePtr> out;
  for (auto& [_, entry] : roles.list(account, "", SIZE_MAX)) out.push_back(entry->value);
  return out;
}

void Iam::Impl::show_role(RolePtr role) {
  roles_by_id.put(role->id, kSelf, role, {});
  roles.put(role->account, lower(role->name), role, {});
}

void Iam::Impl::hide_role(const Role& role) {
  roles.erase(role.account, lower(role.name));
  roles_by_id.erase(role.id, kSelf);
}

void Iam::Impl::show_roles(const std::string& account,
                           const std::map<std::string, RolePtr>& loaded) {
  for (const RolePtr& role : all_roles(account)) {
    auto now = loaded.find(lower(role->name));
    if (now == loaded.end()) hide_role(*role);
    if (now != loaded.end() && now->second->id != role->id) roles_by_id.erase(role->id, kSelf);
  }
  for (const auto& [name, role] : loaded) {
    auto whole = with_caller(*role);
    if (whole.ok()) {
      show_role(*std::move(whole));
      continue;
    }
    // As with users: nobody acts as a role whose policies are not all there.
    log::error("iam_role_without_policy",
               {{"role", role->arn()}, {"error", whole.error().message}});
    hide_role(*role);
  }
}

Result<RolePtr> Iam::Impl::with_caller(Role role) const {
  Caller caller;
  caller.principal.type = authz::PrincipalType::kAssumedRole;
  caller.principal.account = role.account;
  caller.principal.role_arn = role.arn();
  caller.principal.role_id = role.id;
  for (const Tag& tag : role.tags) caller.principal.tags[tag.key] = tag.value;
  TRY(caller.policies, policies_of(role.account, caller.principal.role_arn, role.inline_policies,
                                   role.attached, role.boundary));
  role.caller = std::make_shared<const Caller>(std::move(caller));
  return std::make_shared<const Role>(std::move(role));
}

Result<authz::CallerPolicies> Iam::Impl::policies_of(
    std::string_view account, std::string_view arn,
    const std::vector<authz::NamedPolicy>& inline_policies,
    const std::vector<std::string>& attached, const std::optional<std::string>& boundary) const {
  authz::CallerPolicies out{.identity = inline_policies};
  for (const std::string& name : attached) {
    auto policy = resolve(account, name);
    if (!policy) return internal_error(fmt::format("{}: attached policy {} is missing", arn, name));
    out.identity.push_back(*std::move(policy));
  }
  if (boundary) {
    out.boundary = resolve(account, *boundary);
    if (!out.boundary)
      return internal_error(fmt::format("{}: boundary {} is missing", arn, *boundary));
  }
  return out;
}

RoleRecord record_of(const Role& role) {
  RoleRecord r{.name = role.name,
               .id = role.id,
               .path = role.path,
               .description = role.description,
               .created_ms = role.created_ms,
               .max_session_s = static_cast<uint64_t>(role.max_session_s),
               .boundary = role.boundary,
               .tags = role.tags,
               .attached = role.attached,
               .bindings = role.trust->bindings()};
  for (const authz::NamedPolicy& p : role.inline_policies) r.inline_names.push_back(p.name);
  return r;
}

store::Row row_of(const Role& role) { return {role_row(role.name), encode(record_of(role))}; }

}  // namespace coffer::iam
