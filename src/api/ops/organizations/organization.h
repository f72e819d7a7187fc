#pragma once
// What the operations of AWS Organizations share. There is one organization, which the first
// account manages and every account belongs to; its root has no organizational units.
// Source: AWS Organizations API Reference, data types and "Common Errors".
#include "api/op.h"
#include "iam/iam.h"

namespace coffer::api::organizations_ops {

using protocol::Timestamp;

struct TagEntity {
  std::string key, value;
  static constexpr auto shape() {
    return fields(body<&TagEntity::key>("Key", {.min = 1, .max = 128}),
                  body<&TagEntity::value>("Value", {.min = 0, .max = 256}));
  }
};

struct AccountEntity {
  std::string id, arn, email, name, status, state, joined_method;
  std::vector<std::string> paths;
  Timestamp joined_timestamp;
  static constexpr auto shape() {
    return fields(body<&AccountEntity::id>("Id"), body<&AccountEntity::arn>("Arn"),
                  body<&AccountEntity::email>("Email"), body<&AccountEntity::name>("Name"),
                  body<&AccountEntity::status>("Status"), body<&AccountEntity::state>("State"),
                  body<&AccountEntity::paths>("Paths"),
                  body<&AccountEntity::joined_method>("JoinedMethod"),
                  body<&AccountEntity::joined_timestamp>("JoinedTimestamp"));
  }
};

struct CreationEntity {
  std::string id, account_name, state;
  Timestamp requested;
  std::optional<Timestamp> completed;
  std::optional<std::string> account_id, failure_reason;
  static constexpr auto shape() {
    return fields(body<&CreationEntity::id>("Id"),
                  body<&CreationEntity::account_name>("AccountName"),
                  body<&CreationEntity::state>("State"),
                  body<&CreationEntity::requested>("RequestedTimestamp"),
                  body<&CreationEntity::completed>("CompletedTimestamp"),
                  body<&CreationEntity::account_id>("AccountId"),
                  body<&CreationEntity::failure_reason>("FailureReason"));
  }
};

struct PolicyTypeEntity {
  std::string type, status;
  static constexpr auto shape() {
    return fields(body<&PolicyTypeEntity::type>("Type"), body<&PolicyTypeEntity::status>("Status"));
  }
};

struct OrganizationEntity {
  std::string id, arn, feature_set, master_account_arn, master_account_id, master_account_email;
  std::vector<PolicyTypeEntity> available_policy_types;
  static constexpr auto shape() {
    return fields(body<&OrganizationEntity::id>("Id"), body<&OrganizationEntity::arn>("Arn"),
                  body<&OrganizationEntity::feature_set>("FeatureSet"),
                  body<&OrganizationEntity::master_account_arn>("MasterAccountArn"),
                  body<&OrganizationEntity::master_account_id>("MasterAccountId"),
                  body<&OrganizationEntity::master_account_email>("MasterAccountEmail"),
                  body<&OrganizationEntity::available_policy_types>("AvailablePolicyTypes"));
  }
};

struct PolicySummaryEntity {
  std::string id, arn, name, description, type;
  bool aws_managed = false;
  static constexpr auto shape() {
    return fields(body<&PolicySummaryEntity::id>("Id"), body<&PolicySummaryEntity::arn>("Arn"),
                  body<&PolicySummaryEntity::name>("Name"),
                  body<&PolicySummaryEntity::description>("Description"),
                  body<&PolicySummaryEntity::type>("Type"),
                  body<&PolicySummaryEntity::aws_managed>("AwsManaged"));
  }
};

struct PolicyEntity {
  PolicySummaryEntity summary;
  std::string content;
  static constexpr auto shape() {
    return fields(body<&PolicyEntity::summary>("PolicySummary"),
                  body<&PolicyEntity::content>("Content"));
  }
};

struct RootEntity {
  std::string id, arn, name;
  std::vector<PolicyTypeEntity> policy_types;
  static constexpr auto shape() {
    return fields(body<&RootEntity::id>("Id"), body<&RootEntity::arn>("Arn"),
                  body<&RootEntity::name>("Name"), body<&RootEntity::policy_types>("PolicyTypes"));
  }
};

// PageIn travels as members of the operation itself.
struct PageIn {
  std::optional<std::string> next_token;
  std::optional<int64_t> max_results;
  static constexpr auto shape() {
    return fields(body<&PageIn::next_token>("NextToken", {.max = 100000}),
                  body<&PageIn::max_results>("MaxResults", {.min = 1, .max = 20}));
  }
};

AccountEntity account_entity(const Call& call, const iam::Account& account);
CreationEntity creation_entity(const iam::AccountCreation& creation);
OrganizationEntity organization_entity(const Call& call);
std::string root_id(const Call& call);  // "r-" and four of a-z0-9
std::string arn_of(const Call& call, std::string_view kind, std::string_view id);

inline constexpr std::string_view kServiceControl = "SERVICE_CONTROL_POLICY";
inline constexpr std::string_view kPolicyTypes =
    "SERVICE_CONTROL_POLICY|RESOURCE_CONTROL_POLICY|TAG_POLICY|BACKUP_POLICY|"
    "AISERVICES_OPT_OUT_POLICY|CHATBOT_POLICY|DECLARATIVE_POLICY_EC2|SECURITYHUB_POLICY";
PolicySummaryEntity policy_summary(const Call& call, const iam::ControlPolicy& policy);
PolicyEntity policy_entity(const Call& call, const iam::ControlPolicy& policy);
std::string policy_arn(const Call& call, const iam::ControlPolicy& policy);
// policy_resource is the ARN that a demand about a policy's ID is on, whether or not there is one.
std::string policy_resource(const Call& call, const std::string& policy_id);
RootEntity root_entity(const Call& call);
// check_policy_type refuses every type of policy but service control policies, which are enabled.
Status check_policy_type(std::string_view type);
// control_target turns a root's or an account's ID into what iam/ calls it. Error:
// TargetNotFoundException.
Result<std::string> control_target(const Call& call, const std::string& target_id);

// management_only refuses callers of any account but the first, before anything is looked up.
Status management_only(const Call& call);
// demand_on is a demand on identity policies; `resource` is an ARN or "*".
std::vector<Demand> demand_on(const Call& call, std::string_view operation, std::string resource);

Error invalid_input(std::string_view reason, std::string message);

// page_of cuts a page out of `all`, which is in byte order of `key`. Error: InvalidInputException.
template <class T, class Key>
Result<std::vector<T>> page_of(std::vector<T> all, const PageIn& page,
                               std::optional<std::string>& next_token, Key key) {
  if (page.next_token)
    std::erase_if(all, [&](const T& item) { return key(item) <= *page.next_token; });
  const auto max = static_cast<size_t>(page.max_results.value_or(20));
  if (all.size() > max) {
    all.resize(max);
    next_token = key(all.back());
  }
  return all;
}

void note(Call& call, std::string name, std::string value);

}  // namespace coffer::api::organizations_ops
