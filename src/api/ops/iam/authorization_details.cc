#include "api/ops/iam/authorization_details.h"

#include "base/encoding.h"

namespace coffer::api::iam_ops {

namespace {

std::vector<InlinePolicyEntity> inline_entities(const std::vector<authz::NamedPolicy>& policies) {
  std::vector<InlinePolicyEntity> out;
  for (const authz::NamedPolicy& named : policies)
    out.push_back({named.name, url_encode(named.policy->text())});
  return out;
}

std::vector<AttachedEntity> attached_entities(const std::vector<std::string>& arns) {
  std::vector<AttachedEntity> out;
  for (const std::string& arn : arns) out.push_back({arn.substr(arn.rfind('/') + 1), arn});
  return out;
}

constexpr iam::PageRequest kWholePage{std::nullopt, 1000};  // more than any quota

}  // namespace

UserDetail user_detail(const Call& call, const iam::User& user) {
  UserDetail out{.user = user_entity(user),
                 .inline_policies = inline_entities(user.inline_policies),
                 .attached = attached_entities(user.attached)};
  if (auto groups = call.services.iam->groups_of_user(user.account, user.name, kWholePage);
      groups.ok())
    for (const auto& group : groups->items) out.groups.push_back(group->name);
  return out;
}

GroupDetail group_detail(const iam::Group& group) {
  return {group_entity(group), inline_entities(group.inline_policies),
          attached_entities(group.attached)};
}

RoleDetails role_details(const Call& call, const iam::Role& role) {
  RoleEntity entity = role_entity(call, role, RoleDetail::kWhole);
  return {.path = std::move(entity.path),
          .role_name = std::move(entity.role_name),
          .role_id = std::move(entity.role_id),
          .arn = std::move(entity.arn),
          .create_date = entity.create_date,
          .assume_role_policy_document = std::move(entity.assume_role_policy_document),
          .inline_policies = inline_entities(role.inline_policies),
          .attached = attached_entities(role.attached),
          .boundary = std::move(entity.boundary),
          .tags = std::move(entity.tags),
          .last_used = std::move(entity.last_used)};
}

Task<Result<ManagedPolicyDetail>> policy_detail(Call& call, iam::ManagedPolicyInfo policy) {
  const std::string account = call.caller.principal.account;
  PolicyEntity entity = policy_entity(policy);
  ManagedPolicyDetail out{.policy_name = std::move(entity.policy_name),
                          .policy_id = std::move(entity.policy_id),
                          .arn = std::move(entity.arn),
                          .path = std::move(entity.path),
                          .default_version_id = std::move(entity.default_version_id),
                          .attachment_count = entity.attachment_count,
                          .boundary_count = entity.boundary_count,
                          .is_attachable = entity.is_attachable,
                          .description = std::move(entity.description),
                          .create_date = entity.create_date,
                          .update_date = entity.update_date};
  CO_TRY(auto versions, call.services.iam->policy_versions(account, policy.arn, kWholePage));
  for (const iam::PolicyVersion& version : versions.items) {
    CO_TRY(auto whole, co_await call.services.iam->policy_version(account, policy.arn, version.id));
    out.versions.push_back(version_entity(whole));
  }
  co_return out;
}

}  // namespace coffer::api::iam_ops
