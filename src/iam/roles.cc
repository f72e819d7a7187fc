// Roles. Source: IAM API Reference, CreateRole, GetRole, ListRoles, UpdateRole,
// UpdateAssumeRolePolicy, DeleteRole.
#include "base/arn.h"
#include "base/encoding.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr size_t kRoleNameMax = 64;
using CompiledPolicy = std::shared_ptr<const authz::Policy>;

Error delete_conflict(std::string_view what) {
  return {"DeleteConflict", fmt::format("Cannot delete entity, must {} first.", what)};
}

Status check_max_session(int64_t seconds) {
  if (seconds >= 3600 && seconds <= 43200) return ok_status();
  return Error{
      "ValidationError",
      fmt::format("1 validation error detected: Value '{}' at 'maxSessionDuration' failed "
                  "to satisfy constraint: Member must have value {} than or equal to {}",
                  seconds, seconds < 3600 ? "greater" : "less", seconds < 3600 ? 3600 : 43200)};
}

Status check_trust_size(std::string_view document) {
  if (size_without_space(document) <= kTrustPolicySizeMax) return ok_status();
  return Error{"LimitExceeded",
               fmt::format("Cannot exceed quota for ACLSizePerRole: {}", kTrustPolicySizeMax)};
}

Result<CompiledPolicy> bound(const CompiledPolicy& trust, const Iam& directory) {
  TRY(auto bindings, authz::bind_principals(*trust, directory));
  return trust->with_bindings(std::move(bindings));
}

// to is the change after which `role` is as given.
Result<Change> to(Iam::Impl& impl, Role role) {
  TRY(RolePtr renewed, impl.with_caller(std::move(role)));
  return Change{.puts = {row_of(*renewed)},
                .publish = [&impl, renewed] { impl.show_role(renewed); }};
}

Result<Change> plan_create(Iam::Impl& impl, const std::string& account, const Iam::NewRole& request,
                           CompiledPolicy trust, RolePtr& made) {
  if (impl.find_role(account, request.name))
    return Error{"EntityAlreadyExists",
                 fmt::format("Role with name {} already exists.", request.name)};
  if (impl.roles.count(account) >= kRolesMax)
    return Error{"LimitExceeded",
                 fmt::format("Cannot exceed quota for RolesPerAccount: {}", kRolesMax)};
  if (request.boundary && !impl.resolve(account, *request.boundary))
    return Error{"NoSuchEntity",
                 fmt::format("Policy {} does not exist or is not attachable.", *request.boundary)};
  TRY(made, impl.with_caller(Role{.account = account,
                                  .name = request.name,
                                  .id = unique_id(impl.deps.random, "AROA"),
                                  .path = request.path,
                                  .description = request.description,
                                  .created_ms = impl.deps.clock.business_ms() / 1000 * 1000,
                                  .max_session_s = request.max_session_s,
                                  .boundary = request.boundary,
                                  .tags = request.tags,
                                  .trust = std::move(trust)}));
  return Change{
      .puts = {row_of(*made), {trust_row(made->name), encode_document(made->trust->text())}},
      .publish = [&impl, made] { impl.show_role(made); }};
}

Result<Change> plan_delete(Iam::Impl& impl, const std::string& account, const std::string& name) {
  TRY(RolePtr role, impl.role(account, name));
  if (!role->attached.empty()) return delete_conflict("detach all policies");
  if (!role->inline_policies.empty()) return delete_conflict("delete policies");
  return Change{.deletes = {role_row(role->name), trust_row(role->name)},
                .publish = [&impl, role] { impl.hide_role(*role); }};
}

}  // namespace

Task<Result<RolePtr>> Iam::create_role(std::string account, NewRole request, audit::Draft& draft) {
  CO_TRY_OK(check_name("roleName", request.name, kRoleNameMax));
  CO_TRY_OK(check_path(request.path));
  CO_TRY_OK(check_tags(request.tags));
  CO_TRY_OK(check_max_session(request.max_session_s));
  CO_TRY_OK(check_trust_size(request.trust));
  CO_TRY(auto trust, co_await impl_->compile(request.trust, authz::PolicyKind::kTrust));
  RolePtr made;
  CO_TRY_OK(co_await impl_->change(account, &draft, [&](const AccountRecord&) -> Result<Change> {
    TRY(CompiledPolicy whole, bound(trust, *this));
    return plan_create(*impl_, account, request, std::move(whole), made);
  }));
  co_return made;
}

Result<RolePtr> Iam::role(std::string_view account, std::string_view name) const {
  return impl_->role(account, name);
}

std::string Iam::role_arn(std::string_view account, std::string_view name) const {
  if (RolePtr role = impl_->find_role(account, name)) return role->arn();
  return fmt::format("arn:aws:iam::{}:role/{}", account, name);
}

RolePtr Iam::role_named(std::string_view arn) const {
  auto parsed = Arn::parse(arn);
  if (!parsed || parsed->service != "iam" || !parsed->resource.starts_with("role/")) return nullptr;
  RolePtr role =
      impl_->find_role(parsed->account, parsed->resource.substr(parsed->resource.rfind('/') + 1));
  return role && role->arn() == arn ? role : nullptr;
}

Result<PageOf<RolePtr>> Iam::roles(std::string_view account, std::string_view path_prefix,
                                   const PageRequest& page) const {
  std::vector<RolePtr> all = impl_->all_roles(account);
  std::erase_if(all, [&](const RolePtr& r) { return !r->path.starts_with(path_prefix); });
  return page_by(all, page, [](const RolePtr& r) { return lower(r->name); });
}

Task<Status> Iam::update_role(std::string account, std::string name,
                              std::optional<std::string> description,
                              std::optional<int64_t> max_session_s, audit::Draft& draft) {
  if (max_session_s) CO_TRY_OK(check_max_session(*max_session_s));
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) -> Result<Change> {
    TRY(RolePtr role, impl_->role(account, name));
    Role next = *role;
    if (description) next.description = *description;
    if (max_session_s) next.max_session_s = *max_session_s;
    return to(*impl_, std::move(next));
  });
}

Task<Status> Iam::update_trust(std::string account, std::string name, std::string document,
                               audit::Draft& draft) {
  CO_TRY_OK(check_trust_size(document));
  CO_TRY_OK(impl_->role(account, name));
  CO_TRY(auto trust, co_await impl_->compile(std::move(document), authz::PolicyKind::kTrust));
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) -> Result<Change> {
    TRY(RolePtr role, impl_->role(account, name));
    Role next = *role;
    TRY(next.trust, bound(trust, *this));
    store::Row row{trust_row(next.name), encode_document(next.trust->text())};
    TRY(Change change, to(*impl_, std::move(next)));
    change.puts.push_back(std::move(row));
    return change;
  });
}

Task<Status> Iam::delete_role(std::string account, std::string name, audit::Draft& draft) {
  co_return co_await impl_->change(
      account, &draft, [&](const AccountRecord&) { return plan_delete(*impl_, account, name); });
}

std::string Iam::trust_text(const Role& role) const { return role.trust->shown(*this); }

}  // namespace coffer::iam
