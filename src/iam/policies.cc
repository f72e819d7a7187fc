// Managed policies and their versions.
// Source: IAM API Reference, CreatePolicy, GetPolicy, ListPolicies, DeletePolicy,
// CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, SetDefaultPolicyVersion,
// DeletePolicyVersion, ListEntitiesForPolicy.
#include "base/arn.h"
#include "base/encoding.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr size_t kPolicyNameMax = 128;

// Uses counts how often a policy is attached, and how often it is a boundary.
struct Uses {
  int64_t attached = 0, boundary = 0;
};

std::map<std::string, Uses, std::less<>> uses_of(const Iam::Impl& impl, std::string_view account) {
  std::map<std::string, Uses, std::less<>> out;
  for (const UserPtr& user : impl.all_users(account)) {
    for (const std::string& arn : user->attached) ++out[arn].attached;
    if (user->boundary) ++out[*user->boundary].boundary;
  }
  for (const GroupPtr& group : impl.all_groups(account))
    for (const std::string& arn : group->attached) ++out[arn].attached;
  for (const RolePtr& role : impl.all_roles(account)) {
    for (const std::string& arn : role->attached) ++out[arn].attached;
    if (role->boundary) ++out[*role->boundary].boundary;
  }
  return out;
}

ManagedPolicyInfo info_of(const LivePolicy& p, Uses uses) {
  const PolicyRecord& r = p.record;
  return {.arn = p.arn(),
          .name = r.name,
          .id = r.id,
          .path = r.path,
          .description = r.description,
          .default_version = version_id(r.default_version),
          .attachment_count = uses.attached,
          .boundary_count = uses.boundary,
          .created_ms = r.created_ms,
          .updated_ms = r.updated_ms,
          .tags = r.tags};
}

Error not_found(std::string_view arn) {
  return {"NoSuchEntity", fmt::format("Policy {} was not found.", arn)};
}
Error no_version(std::string_view arn, std::string_view id) {
  return {"NoSuchEntity",
          fmt::format("Policy {} version {} does not exist or is not attachable.", arn, id)};
}

Status check_arn(std::string_view arn) {
  if (!Arn::parse(arn)) return Error{"ValidationError", "Invalid ARN:  Could not be parsed!"};
  return ok_status();
}

// own finds a policy that its account may change.
Result<LivePolicy> own(const Iam::Impl& impl, std::string_view account, std::string_view arn) {
  TRY_OK(check_arn(arn));
  if (impl.aws_policies.contains(arn))
    return Error{"AccessDenied", fmt::format("Policy {} is outside your own account.", arn)};
  auto entry = impl.find_policy(account, arn);
  if (!entry) return not_found(arn);
  return entry->value;
}

Result<uint64_t> version_number(std::string_view id) {
  auto number =
      id.starts_with("v") && !id.starts_with("v0") ? parse_uint(id.substr(1)) : std::nullopt;
  if (number) return *number;
  return Error{"ValidationError",
               fmt::format("1 validation error detected: Value '{}' at 'versionId' failed to "
                           "satisfy constraint: Member must "
                           "satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
                           id)};
}

Result<PolicyRecord::Version> version_of(const LivePolicy& policy, std::string_view id) {
  TRY(uint64_t number, version_number(id));
  for (const PolicyRecord::Version& v : policy.record.versions)
    if (v.number == number) return v;
  return no_version(policy.arn(), id);
}

Status check_size(std::string_view document) {
  if (size_without_space(document) > kManagedPolicySizeMax)
    return Error{"LimitExceeded",
                 fmt::format("Cannot exceed quota for PolicySize: {}", kManagedPolicySizeMax)};
  return ok_status();
}

Result<Change> plan_create(Iam::Impl& impl, const std::string& account,
                           const Iam::NewPolicy& request,
                           const std::shared_ptr<const authz::Policy>& compiled, LivePolicy& made) {
  if (impl.policies.find(account, lower(request.name)))
    return Error{"EntityAlreadyExists",
                 fmt::format("A policy called {} already exists. Duplicate names are not allowed.",
                             request.name)};
  if (impl.policies.count(account) >= kPoliciesMax)
    return Error{"LimitExceeded",
                 fmt::format("Cannot exceed quota for PoliciesPerAccount: {}", kPoliciesMax)};
  UnixMs now = impl.deps.clock.business_ms() / 1000 * 1000;
  made = {.account = account, .compiled = compiled};
  made.record = {.name = request.name,
                 .id = unique_id(impl.deps.random, "ANPA"),
                 .path = request.path,
                 .description = request.description,
                 .created_ms = now,
                 .updated_ms = now,
                 .versions = {{1, now}},
                 .tags = request.tags};
  Change change{.puts = {row_of(made),
                         {policy_version_row(request.name, 1), encode_document(request.document)}}};
  change.publish = [&impl, policy = made] { impl.show_policy(policy); };
  return change;
}

Result<Change> plan_version(Iam::Impl& impl, LivePolicy policy, const std::string& document,
                            bool set_default, const std::shared_ptr<const authz::Policy>& compiled,
                            PolicyVersion& made) {
  PolicyRecord& r = policy.record;
  if (r.versions.size() >= kPolicyVersionsMax)
    return Error{"LimitExceeded",
                 "A managed policy can have up to 5 versions. Before you create a new version, you "
                 "must delete an existing version."};
  PolicyRecord::Version version{r.next_version++, impl.deps.clock.business_ms() / 1000 * 1000};
  r.versions.push_back(version);
  r.updated_ms = version.created_ms;
  if (set_default) {
    r.default_version = version.number;
    policy.compiled = compiled;
  }
  made = {.id = version_id(version.number),
          .is_default = set_default,
          .created_ms = version.created_ms};
  Change change{.puts = {row_of(policy),
                         {policy_version_row(r.name, version.number), encode_document(document)}}};
  change.publish = [&impl, policy] { impl.show_policy(policy); };
  return change;
}

Result<Change> plan_delete(Iam::Impl& impl, const std::string& account, const std::string& arn) {
  TRY(LivePolicy policy, own(impl, account, arn));
  auto uses = uses_of(impl, account);
  if (uses.contains(arn))
    return Error{"DeleteConflict", "Cannot delete a policy attached to entities."};
  if (policy.record.versions.size() > 1)
    return Error{"DeleteConflict",
                 "This policy has more than one version. Before you delete a policy, you must "
                 "delete the policy's versions. "
                 "The default version is deleted with the policy."};
  std::string name = lower(policy.record.name);
  Change change{
      .deletes = {policy_row(name), policy_version_row(name, policy.record.default_version)}};
  change.publish = [&impl, account, name] { impl.policies.erase(account, name); };
  return change;
}

// document_of reads a version's text.
Task<Result<std::string>> document_of(Iam::Impl& impl, LivePolicy policy, uint64_t number) {
  if (number == policy.record.default_version) co_return policy.compiled->text();
  CO_TRY(auto raw, co_await impl.deps.meta.get(account_partition(policy.account),
                                               policy_version_row(policy.record.name, number)));
  // Deleted since the record was looked at.
  if (!raw) co_return no_version(policy.arn(), version_id(number));
  CO_TRY(Bytes plain,
         impl.open_row(policy.account, policy_version_row(policy.record.name, number), *raw));
  auto text = decode_document(plain);
  if (!text)
    co_return internal_error(fmt::format("{} {} is damaged", policy.arn(), version_id(number)));
  co_return *std::move(text);
}

}  // namespace

Task<Result<ManagedPolicyInfo>> Iam::create_policy(std::string account, NewPolicy request,
                                                   audit::Draft& draft) {
  CO_TRY_OK(check_name("policyName", request.name, kPolicyNameMax));
  CO_TRY_OK(check_path(request.path));
  CO_TRY_OK(check_tags(request.tags));
  CO_TRY_OK(check_size(request.document));
  CO_TRY(auto compiled, co_await impl_->compile(request.document));
  LivePolicy made;
  CO_TRY_OK(co_await impl_->change(account, &draft, [&](const AccountRecord&) {
    return plan_create(*impl_, account, request, compiled, made);
  }));
  co_return info_of(made, {});
}

Result<ManagedPolicyInfo> Iam::policy(std::string_view account, std::string_view arn) const {
  TRY_OK(check_arn(arn));
  Uses uses;
  auto all = uses_of(*impl_, account);
  if (auto i = all.find(arn); i != all.end()) uses = i->second;
  if (auto aws = impl_->aws_policies.find(arn); aws != impl_->aws_policies.end()) {
    ManagedPolicyInfo info = aws->second.info;
    info.attachment_count = uses.attached;
    info.boundary_count = uses.boundary;
    return info;
  }
  auto entry = impl_->find_policy(account, arn);
  if (!entry) return not_found(arn);
  return info_of(entry->value, uses);
}

Result<PageOf<ManagedPolicyInfo>> Iam::policies(std::string_view account,
                                                const PolicyFilter& filter,
                                                const PageRequest& page) const {
  auto uses = uses_of(*impl_, account);
  std::vector<ManagedPolicyInfo> all;
  if (filter.scope != PolicyScope::kAws)
    for (const auto& [_, entry] : impl_->policies.list(account, "", SIZE_MAX))
      all.push_back(info_of(entry->value, uses[entry->value.arn()]));
  if (filter.scope != PolicyScope::kLocal)
    for (const auto& [arn, aws] : impl_->aws_policies) {
      all.push_back(aws.info);
      all.back().attachment_count = uses[arn].attached;
      all.back().boundary_count = uses[arn].boundary;
    }
  std::erase_if(all, [&](const ManagedPolicyInfo& p) {
    int64_t permissions = filter.boundaries == true ? 0 : p.attachment_count;
    int64_t boundaries = filter.boundaries == false ? 0 : p.boundary_count;
    return !p.path.starts_with(filter.path_prefix) ||
           ((filter.only_attached || filter.boundaries) && permissions + boundaries == 0);
  });
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.arn < b.arn; });
  return page_by(all, page, [](const ManagedPolicyInfo& p) { return p.arn; });
}

Task<Status> Iam::delete_policy(std::string account, std::string arn, audit::Draft& draft) {
  co_return co_await impl_->change(
      account, &draft, [&](const AccountRecord&) { return plan_delete(*impl_, account, arn); });
}

Task<Result<PolicyVersion>> Iam::create_policy_version(std::string account, std::string arn,
                                                       std::string document, bool set_default,
                                                       audit::Draft& draft) {
  CO_TRY_OK(own(*impl_, account, arn));
  CO_TRY_OK(check_size(document));
  CO_TRY(auto compiled, co_await impl_->compile(document));
  PolicyVersion made;
  CO_TRY_OK(co_await impl_->change(account, &draft, [&](const AccountRecord&) -> Result<Change> {
    TRY(LivePolicy policy, own(*impl_, account, arn));
    return plan_version(*impl_, std::move(policy), document, set_default, compiled, made);
  }));
  co_return made;
}

Task<Result<PolicyVersion>> Iam::policy_version(std::string account, std::string arn,
                                                std::string version_id) {
  CO_TRY_OK(check_arn(arn));
  if (auto aws = impl_->aws_policies.find(arn); aws != impl_->aws_policies.end()) {
    if (version_id != "v1") co_return no_version(arn, version_id);
    co_return PolicyVersion{.id = "v1",
                            .is_default = true,
                            .created_ms = aws->second.info.created_ms,
                            .document = aws->second.compiled->text()};
  }
  auto entry = impl_->find_policy(account, arn);
  if (!entry) co_return not_found(arn);
  CO_TRY(auto version, version_of(entry->value, version_id));
  CO_TRY(std::string document, co_await document_of(*impl_, entry->value, version.number));
  bool is_default = version.number == entry->value.record.default_version;
  co_return PolicyVersion{.id = version_id,
                          .is_default = is_default,
                          .created_ms = version.created_ms,
                          .document = std::move(document)};
}

Result<PageOf<PolicyVersion>> Iam::policy_versions(std::string_view account, std::string_view arn,
                                                   const PageRequest& page) const {
  TRY_OK(check_arn(arn));
  std::vector<PolicyVersion> all;
  if (auto aws = impl_->aws_policies.find(arn); aws != impl_->aws_policies.end()) {
    all.push_back({.id = "v1", .is_default = true, .created_ms = aws->second.info.created_ms});
    return page_of(all, page);
  }
  auto entry = impl_->find_policy(account, arn);
  if (!entry) return not_found(arn);
  const PolicyRecord& r = entry->value.record;
  for (auto v = r.versions.rbegin(); v != r.versions.rend(); ++v)
    all.push_back({.id = version_id(v->number),
                   .is_default = v->number == r.default_version,
                   .created_ms = v->created_ms});
  return page_of(all, page);
}

Task<Status> Iam::set_default_policy_version(std::string account, std::string arn,
                                             std::string version_id, audit::Draft& draft) {
  CO_TRY(LivePolicy before, own(*impl_, account, arn));
  CO_TRY(auto version, version_of(before, version_id));
  CO_TRY(std::string document, co_await document_of(*impl_, before, version.number));
  CO_TRY(auto compiled, co_await impl_->compile(std::move(document)));
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) -> Result<Change> {
    TRY(LivePolicy policy, own(*impl_, account, arn));
    if (policy.record.id != before.record.id)
      return not_found(arn);  // another one of the same name
    TRY_OK(version_of(policy, version_id));
    if (policy.record.default_version == version.number) return Change{.nothing = true};
    policy.record.default_version = version.number;
    policy.record.updated_ms = impl_->deps.clock.business_ms() / 1000 * 1000;
    policy.compiled = compiled;
    return Change{.puts = {row_of(policy)},
                  .publish = [this, policy] { impl_->show_policy(policy); }};
  });
}

Task<Status> Iam::delete_policy_version(std::string account, std::string arn,
                                        std::string version_id, audit::Draft& draft) {
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord&) -> Result<Change> {
    TRY(LivePolicy policy, own(*impl_, account, arn));
    TRY(auto version, version_of(policy, version_id));
    if (version.number == policy.record.default_version)
      return Error{"DeleteConflict", "Cannot delete the default version of a policy."};
    std::erase_if(policy.record.versions,
                  [&](const PolicyRecord::Version& v) { return v.number == version.number; });
    Change change{.puts = {row_of(policy)},
                  .deletes = {policy_version_row(policy.record.name, version.number)}};
    change.publish = [this, policy] { impl_->show_policy(policy); };
    return change;
  });
}

Result<PageOf<Iam::Entity>> Iam::entities_with_policy(std::string_view account,
                                                      std::string_view arn,
                                                      const EntityFilter& filter,
                                                      const PageRequest& page) const {
  TRY_OK(policy(account, arn));
  std::vector<Entity> all;
  auto add = [&](EntityKind kind, const auto& entity, bool bounded) {
    if (filter.kind && filter.kind != kind) return;
    bool attached =
        filter.boundaries != true &&
        std::find(entity.attached.begin(), entity.attached.end(), arn) != entity.attached.end();
    bounded = bounded && filter.boundaries != false;
    if (entity.path.starts_with(filter.path_prefix) && (attached || bounded))
      all.push_back({kind, entity.name, entity.id});
  };
  for (const UserPtr& user : impl_->all_users(account))
    add(EntityKind::kUser, *user, user->boundary == arn);
  for (const GroupPtr& group : impl_->all_groups(account)) add(EntityKind::kGroup, *group, false);
  for (const RolePtr& role : impl_->all_roles(account))
    add(EntityKind::kRole, *role, role->boundary == arn);
  return page_by(all, page, [](const Entity& e) {
    return std::to_string(static_cast<int>(e.kind)) + lower(e.name);
  });
}

}  // namespace coffer::iam
