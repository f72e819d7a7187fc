// Service control policies. Source: AWS Organizations API Reference, CreatePolicy, UpdatePolicy,
// DeletePolicy, AttachPolicy, DetachPolicy; User Guide, "Service control policies (SCPs)".
#include "base/encoding.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr std::string_view kFullAccessId = "p-FullAWSAccess";
constexpr std::string_view kFullAccessDocument =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
using CompiledPolicy = std::shared_ptr<const authz::Policy>;

const CompiledPolicy& full_access() {
  static const CompiledPolicy policy = [] {
    auto parsed = authz::Policy::parse(kFullAccessDocument, authz::PolicyKind::kServiceControl);
    CHECK(parsed.ok());
    return *std::move(parsed);
  }();
  return policy;
}

Error not_found() {
  return {"PolicyNotFoundException",
          "We can't find a policy with the PolicyId that you specified."};
}

Error immutable() {
  return Error{"InvalidInputException",
               "You specified a policy that is managed by AWS and can't be modified."}
      .with("Reason", "IMMUTABLE_POLICY");
}

Error over_limit(std::string_view reason, std::string message) {
  return Error{"ConstraintViolationException", std::move(message)}.with("Reason",
                                                                        std::string(reason));
}

bool holds(const std::vector<std::string>& targets, std::string_view target) {
  return std::find(targets.begin(), targets.end(), target) != targets.end();
}

// The record of FullAWSAccess has what it was detached from.
ControlRecord full_access_record(const Iam::Impl& impl) {
  if (auto found = impl.controls.find(impl.deps.first_account, kFullAccessId))
    return found->value.record;
  return {.id = std::string(kFullAccessId),
          .name = "FullAWSAccess",
          .description = "Allows access to every operation",
          .document = std::string(kFullAccessDocument)};
}

bool is_attached(const ControlRecord& r, std::string_view target) {
  return holds(r.targets, target) != (r.id == kFullAccessId);
}

// all_records are the customer's policies and FullAWSAccess, by ID.
std::vector<ControlRecord> all_records(const Iam::Impl& impl) {
  std::vector<ControlRecord> out{full_access_record(impl)};
  for (const auto& [id, found] : impl.controls.list(impl.deps.first_account, "", SIZE_MAX))
    if (id != kFullAccessId) out.push_back(found->value.record);
  std::sort(out.begin(), out.end(),
            [](const ControlRecord& a, const ControlRecord& b) { return a.id < b.id; });
  return out;
}

Result<ControlRecord> record_of_id(const Iam::Impl& impl, std::string_view id) {
  if (id == kFullAccessId) return full_access_record(impl);
  auto found = impl.controls.find(impl.deps.first_account, id);
  if (!found) return not_found();
  return found->value.record;
}

std::vector<std::string> targets_of(const Iam::Impl& impl, const ControlRecord& r) {
  std::vector<std::string> all = impl.accounts.scopes(), out;
  std::sort(all.begin(), all.end());
  all.insert(all.begin(), std::string(kOrganizationRoot));
  for (std::string& target : all)
    if (is_attached(r, target)) out.push_back(std::move(target));
  return out;
}

ControlPolicy policy_of(const Iam::Impl& impl, const ControlRecord& r) {
  return {.id = r.id,
          .name = r.name,
          .description = r.description,
          .document = r.document,
          .aws_managed = r.id == kFullAccessId,
          .targets = targets_of(impl, r)};
}

// to is the change after which a policy is as given.
Change to(Iam::Impl& impl, ControlRecord record, CompiledPolicy compiled) {
  store::Row row{control_row(record.id), encode(record)};
  return {.puts = {std::move(row)},
          .publish = [&impl, live = LiveControl{std::move(record), std::move(compiled)}] {
            impl.controls.put(impl.deps.first_account, live.record.id, live, {});
            impl.renew_levels();
          }};
}

CompiledPolicy compiled_of(const Iam::Impl& impl, std::string_view id) {
  if (id == kFullAccessId) return full_access();
  return impl.controls.find(impl.deps.first_account, id)->value.compiled;
}

Status check_name_free(const Iam::Impl& impl, const std::string& name, std::string_view id) {
  for (const ControlRecord& r : all_records(impl))
    if (r.name == name && r.id != id)
      return Error{"DuplicatePolicyException", "A policy with the same name already exists."};
  return ok_status();
}

Task<Result<CompiledPolicy>> compile(Iam::Impl& impl, std::string document) {
  if (document.size() > kControlPolicySizeMax)
    co_return over_limit("POLICY_CONTENT_LIMIT_EXCEEDED",
                         "You have exceeded the maximum size of a policy.");
  co_return co_await impl.compile(std::move(document), authz::PolicyKind::kServiceControl);
}

Result<Change> plan_attach(Iam::Impl& impl, const std::string& id, const std::string& target) {
  TRY(ControlRecord record, record_of_id(impl, id));
  if (is_attached(record, target))
    return Error{"DuplicatePolicyAttachmentException",
                 "The selected policy is already attached to the specified target."};
  size_t there = 0;
  for (const ControlRecord& r : all_records(impl)) there += is_attached(r, target);
  if (there >= kControlPoliciesPerTargetMax)
    return over_limit("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                      "You have attached the maximum number of policies of a certain type to this "
                      "entity.");
  if (id == kFullAccessId)
    std::erase(record.targets, target);
  else
    record.targets.push_back(target);
  return to(impl, std::move(record), compiled_of(impl, id));
}

Result<Change> plan_detach(Iam::Impl& impl, const std::string& id, const std::string& target) {
  TRY(ControlRecord record, record_of_id(impl, id));
  if (!is_attached(record, target))
    return Error{"PolicyNotAttachedException",
                 "The policy isn't attached to the specified target in the specified root."};
  size_t there = 0;
  for (const ControlRecord& r : all_records(impl)) there += is_attached(r, target);
  if (there == 1)
    return over_limit("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                      "You attempted to detach a policy from an entity that would cause the entity "
                      "to have fewer than the minimum number of policies of a certain type "
                      "required.");
  if (id == kFullAccessId)
    record.targets.push_back(target);
  else
    std::erase(record.targets, target);
  return to(impl, std::move(record), compiled_of(impl, id));
}

}  // namespace

void Iam::Impl::renew_levels() {
  const std::vector<ControlRecord> all = all_records(*this);
  auto at = [&](std::string_view target) {
    std::vector<authz::NamedPolicy> out;
    for (const ControlRecord& r : all)
      if (is_attached(r, target)) out.push_back({r.id, compiled_of(*this, r.id)});
    return out;
  };
  const auto root = at(kOrganizationRoot);
  for (const std::string& account : accounts.scopes())
    if (account != deps.first_account) levels.put(account, kSelf, {root, at(account)}, {});
}

void Iam::Impl::add_levels(Authenticated& caller) const {
  if (caller.principal.account == deps.first_account) return;
  if (auto found = levels.find(caller.principal.account, kSelf))
    caller.policies.service_control = found->value;
}

Task<Result<ControlPolicy>> Iam::create_control_policy(NewControlPolicy request,
                                                       audit::Draft& draft) {
  CO_TRY(auto compiled, co_await compile(*impl_, *request.document));
  ControlRecord record{.id = "p-" + unique_id(impl_->deps.random, ""),
                       .name = *request.name,
                       .description = request.description.value_or(""),
                       .document = *request.document};
  for (char& c : record.id) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  CO_TRY_OK(co_await impl_->change(
      impl_->deps.first_account, &draft, [&](const AccountRecord&) -> Result<Change> {
        TRY_OK(check_name_free(*impl_, record.name, record.id));
        if (impl_->controls.count(impl_->deps.first_account) >= kControlPoliciesMax)
          return over_limit("POLICY_NUMBER_LIMIT_EXCEEDED",
                            "You have exceeded the number of policies that you can have in an "
                            "organization.");
        return to(*impl_, record, compiled);
      }));
  co_return policy_of(*impl_, record);
}

Task<Result<ControlPolicy>> Iam::update_control_policy(std::string id, NewControlPolicy request,
                                                       audit::Draft& draft) {
  CO_TRY_OK(record_of_id(*impl_, id));
  if (id == kFullAccessId) co_return immutable();
  CompiledPolicy compiled;
  if (request.document) {
    CO_TRY(compiled, co_await compile(*impl_, *request.document));
  }
  ControlRecord record;
  CO_TRY_OK(co_await impl_->change(
      impl_->deps.first_account, &draft, [&](const AccountRecord&) -> Result<Change> {
        TRY(record, record_of_id(*impl_, id));
        if (request.name) {
          TRY_OK(check_name_free(*impl_, *request.name, id));
          record.name = *request.name;
        }
        if (request.description) record.description = *request.description;
        if (request.document) record.document = *request.document;
        return to(*impl_, record, compiled ? compiled : compiled_of(*impl_, id));
      }));
  co_return policy_of(*impl_, record);
}

Task<Status> Iam::delete_control_policy(std::string id, audit::Draft& draft) {
  co_return co_await impl_->change(
      impl_->deps.first_account, &draft, [&](const AccountRecord&) -> Result<Change> {
        TRY(ControlRecord record, record_of_id(*impl_, id));
        if (id == kFullAccessId) return immutable();
        if (!record.targets.empty())
          return Error{
              "PolicyInUseException",
              "The policy is attached to one or more entities. You must detach it from all "
              "roots, OUs, and accounts before performing this operation."};
        return Change{.deletes = {control_row(id)}, .publish = [this, id] {
                        impl_->controls.erase(impl_->deps.first_account, id);
                        impl_->renew_levels();
                      }};
      });
}

Task<Status> Iam::attach_control_policy(std::string id, std::string target, audit::Draft& draft) {
  co_return co_await impl_->change(impl_->deps.first_account, &draft, [&](const AccountRecord&) {
    return plan_attach(*impl_, id, target);
  });
}

Task<Status> Iam::detach_control_policy(std::string id, std::string target, audit::Draft& draft) {
  co_return co_await impl_->change(impl_->deps.first_account, &draft, [&](const AccountRecord&) {
    return plan_detach(*impl_, id, target);
  });
}

Result<ControlPolicy> Iam::control_policy(std::string_view id) const {
  TRY(ControlRecord record, record_of_id(*impl_, id));
  return policy_of(*impl_, record);
}

std::vector<ControlPolicy> Iam::control_policies() const {
  std::vector<ControlPolicy> out;
  for (const ControlRecord& r : all_records(*impl_)) out.push_back(policy_of(*impl_, r));
  return out;
}

bool Iam::is_control_target(std::string_view target) const {
  return target == kOrganizationRoot || impl_->accounts.find(target, kSelf) != nullptr;
}

}  // namespace coffer::iam
