#include "api/ops/organizations/organization.h"

namespace coffer::api::organizations_ops {

AccountEntity account_entity(const Call& call, const iam::Account& account) {
  const bool first = account.id == call.services.first_account;
  return {.id = account.id,
          .arn = arn_of(call, "account", account.id),
          .email = account.email,
          .name = account.name,
          .status = account.active ? "ACTIVE" : "SUSPENDED",
          .state = account.active ? "ACTIVE" : "SUSPENDED",
          .joined_method = first ? "INVITED" : "CREATED",
          .paths = {fmt::format("{}/{}/{}/", call.services.iam->organization_id(), root_id(call),
                                account.id)},
          .joined_timestamp = {account.joined_ms}};
}

CreationEntity creation_entity(const iam::AccountCreation& creation) {
  using State = iam::AccountCreation::State;
  CreationEntity out{.id = creation.id,
                     .account_name = creation.name,
                     .state = creation.state == State::kSucceeded ? "SUCCEEDED"
                              : creation.state == State::kFailed  ? "FAILED"
                                                                  : "IN_PROGRESS",
                     .requested = {creation.requested_ms}};
  if (creation.state != State::kInProgress) out.completed = Timestamp{creation.completed_ms};
  if (!creation.account.empty()) out.account_id = creation.account;
  if (!creation.failure.empty()) out.failure_reason = creation.failure;
  return out;
}

OrganizationEntity organization_entity(const Call& call) {
  const std::string& first = call.services.first_account;
  const std::string id = call.services.iam->organization_id();
  auto manager = call.services.iam->account(first);
  return {.id = id,
          .arn = fmt::format("arn:aws:organizations::{}:organization/{}", first, id),
          .feature_set = "ALL",
          .master_account_arn = arn_of(call, "account", first),
          .master_account_id = first,
          .master_account_email = manager.ok() ? manager->email : "",
          .available_policy_types = {{std::string(kServiceControl), "ENABLED"}}};
}

std::string root_id(const Call& call) {
  const std::string id = call.services.iam->organization_id();
  return "r-" + id.substr(id.size() - std::min<size_t>(4, id.size()));
}

std::string arn_of(const Call& call, std::string_view kind, std::string_view id) {
  return fmt::format("arn:aws:organizations::{}:{}/{}/{}", call.services.first_account, kind,
                     call.services.iam->organization_id(), id);
}

std::string policy_arn(const Call& call, const iam::ControlPolicy& policy) {
  if (policy.aws_managed)
    return fmt::format("arn:aws:organizations::aws:policy/service_control_policy/{}", policy.id);
  return fmt::format("arn:aws:organizations::{}:policy/{}/service_control_policy/{}",
                     call.services.first_account, call.services.iam->organization_id(), policy.id);
}

std::string policy_resource(const Call& call, const std::string& policy_id) {
  auto found = call.services.iam->control_policy(policy_id);
  return policy_arn(call, found.ok() ? *found : iam::ControlPolicy{.id = policy_id});
}

PolicySummaryEntity policy_summary(const Call& call, const iam::ControlPolicy& policy) {
  return {.id = policy.id,
          .arn = policy_arn(call, policy),
          .name = policy.name,
          .description = policy.description,
          .type = std::string(kServiceControl),
          .aws_managed = policy.aws_managed};
}

PolicyEntity policy_entity(const Call& call, const iam::ControlPolicy& policy) {
  return {policy_summary(call, policy), policy.document};
}

RootEntity root_entity(const Call& call) {
  const std::string id = root_id(call);
  return {.id = id,
          .arn = arn_of(call, "root", id),
          .name = "Root",
          .policy_types = {{std::string(kServiceControl), "ENABLED"}}};
}

Status check_policy_type(std::string_view type) {
  if (type == kServiceControl) return ok_status();
  return Error{"PolicyTypeNotAvailableForOrganizationException",
               "You can't use the specified policy type with the feature set currently enabled for "
               "this organization."};
}

Result<std::string> control_target(const Call& call, const std::string& target_id) {
  std::string target = target_id == root_id(call) ? std::string(iam::kOrganizationRoot) : target_id;
  if (call.services.iam->is_control_target(target) && target_id != iam::kOrganizationRoot)
    return target;
  return Error{
      "TargetNotFoundException",
      "We can't find a root, OU, account, or policy with the TargetId that you specified."};
}

Status management_only(const Call& call) {
  if (call.caller.principal.account == call.services.first_account) return ok_status();
  return Error{"AccessDeniedException", "You don't have permissions to access this resource."};
}

std::vector<Demand> demand_on(const Call& call, std::string_view operation, std::string resource) {
  return {{.action = fmt::format("organizations:{}", operation),
           .resource = std::move(resource),
           .resource_account = call.caller.principal.account}};
}

Error invalid_input(std::string_view reason, std::string message) {
  return Error{"InvalidInputException", std::move(message)}.with("Reason", std::string(reason));
}

void note(Call& call, std::string name, std::string value) {
  call.draft.event.request.push_back({std::move(name), std::move(value)});
}

}  // namespace coffer::api::organizations_ops
