// Users. Source: IAM API Reference, CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser.
#include "base/encoding.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr size_t kUserNameMax = 64;

Error user_exists(std::string_view name) {
  return {"EntityAlreadyExists", fmt::format("User with name {} already exists.", name)};
}
Error delete_conflict(std::string_view what) {
  return {"DeleteConflict", fmt::format("Cannot delete entity, must {} first.", what)};
}

Result<Change> plan_create(Iam::Impl& impl, const std::string& account, const Iam::NewUser& request,
                           UserPtr& made) {
  if (impl.find_user(account, request.name)) return user_exists(request.name);
  if (impl.users.count(account) >= kUsersMax)
    return Error{"LimitExceeded",
                 fmt::format("Cannot exceed quota for UsersPerAccount: {}", kUsersMax)};
  if (request.boundary && !impl.resolve(account, *request.boundary))
    return Error{"NoSuchEntity",
                 fmt::format("Policy {} does not exist or is not attachable.", *request.boundary)};
  TRY(made, impl.with_caller(User{.account = account,
                                  .name = request.name,
                                  .id = unique_id(impl.deps.random, "AIDA"),
                                  .path = request.path,
                                  .created_ms = impl.deps.clock.business_ms() / 1000 * 1000,
                                  .boundary = request.boundary,
                                  .tags = request.tags}));
  return Change{.puts = {row_of(*made)}, .publish = [&impl, made] { impl.show_user(made); }};
}

// move_rows adds to `change` what a new name takes with it: the user's row and its inline policies'
// documents. Access keys name the ID.
void move_rows(const User& from, const User& to, Change& change) {
  change.puts.push_back(row_of(to));
  if (user_row(from.name) == user_row(to.name)) return;
  change.deletes.push_back(user_row(from.name));
  for (const authz::NamedPolicy& p : from.inline_policies) {
    change.deletes.push_back(user_policy_row(from.name, p.name));
    change.puts.push_back({user_policy_row(to.name, p.name), encode_document(p.policy->text())});
  }
}

Result<Change> plan_update(Iam::Impl& impl, const std::string& account, const std::string& name,
                           const std::optional<std::string>& new_name,
                           const std::optional<std::string>& new_path) {
  TRY(UserPtr user, impl.user(account, name));
  UserPtr other = new_name ? impl.find_user(account, *new_name) : nullptr;
  if (other && other->id != user->id) return user_exists(*new_name);
  User next = *user;
  if (new_name) next.name = *new_name;
  if (new_path) next.path = *new_path;
  TRY(UserPtr renewed, impl.with_caller(std::move(next)));
  Change change;
  move_rows(*user, *renewed, change);
  change.publish = [&impl, user, renewed] {
    impl.show_user(renewed);
    if (lower(user->name) != lower(renewed->name))
      impl.users.erase(user->account, lower(user->name));
  };
  return change;
}

Result<Change> plan_delete(Iam::Impl& impl, const std::string& account, const std::string& name) {
  TRY(UserPtr user, impl.user(account, name));
  if (!user->access_key_ids.empty()) return delete_conflict("delete access keys");
  if (!user->attached.empty()) return delete_conflict("detach all policies");
  if (!user->inline_policies.empty()) return delete_conflict("delete policies");
  if (!impl.groups_of(*user).empty()) return delete_conflict("remove users from group");
  return Change{.deletes = {user_row(user->name)},
                .publish = [&impl, user] { impl.hide_user(*user); }};
}

}  // namespace

Task<Result<UserPtr>> Iam::create_user(std::string account, NewUser request, audit::Draft& draft) {
  CO_TRY_OK(check_name("userName", request.name, kUserNameMax));
  CO_TRY_OK(check_path(request.path));
  CO_TRY_OK(check_tags(request.tags));
  UserPtr made;
  CO_TRY_OK(co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_create(*impl_, account, request, made);
  }));
  co_return made;
}

Result<UserPtr> Iam::user(std::string_view account, std::string_view name) const {
  return impl_->user(account, name);
}

std::string Iam::user_arn(std::string_view account, std::string_view name) const {
  if (UserPtr user = impl_->find_user(account, name)) return user->arn();
  return fmt::format("arn:aws:iam::{}:user/{}", account, name);
}

Result<PageOf<UserPtr>> Iam::users(std::string_view account, std::string_view path_prefix,
                                   const PageRequest& page) const {
  std::vector<UserPtr> all = impl_->all_users(account);
  std::erase_if(all, [&](const UserPtr& u) { return !u->path.starts_with(path_prefix); });
  return page_by(all, page, [](const UserPtr& u) { return lower(u->name); });
}

Task<Status> Iam::update_user(std::string account, std::string name,
                              std::optional<std::string> new_name,
                              std::optional<std::string> new_path, audit::Draft& draft) {
  if (new_name) CO_TRY_OK(check_name("newUserName", *new_name, kUserNameMax));
  if (new_path) CO_TRY_OK(check_path(*new_path));
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_update(*impl_, account, name, new_name, new_path);
  });
}

Task<Status> Iam::delete_user(std::string account, std::string name, audit::Draft& draft) {
  co_return co_await impl_->change(
      account, &draft, [&](const AccountRecord&) { return plan_delete(*impl_, account, name); });
}

}  // namespace coffer::iam
