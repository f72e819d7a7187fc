#pragma once
// What the policy simulator's operations share: its context, results and pages.
// Source: IAM API Reference, data types ContextEntry, EvaluationResult, Statement.
#include "api/ops/iam/entities.h"
#include "iam/simulation.h"

namespace coffer::api::iam_ops {

struct ContextEntry {
  std::optional<std::string> name;
  std::vector<std::string> values;
  std::optional<std::string> type;
  static constexpr auto shape() {
    return fields(body<&ContextEntry::name>("ContextKeyName", {.min = 5, .max = 256}),
                  body<&ContextEntry::values>("ContextKeyValues"),
                  body<&ContextEntry::type>(
                      "ContextKeyType", {.values = "string|stringList|numeric|numericList|boolean|"
                                                   "booleanList|ip|ipList|binary|binaryList|date|"
                                                   "dateList"}));
  }
};

struct PositionEntity {
  int64_t line = 0, column = 0;
  static constexpr auto shape() {
    return fields(body<&PositionEntity::line>("Line"), body<&PositionEntity::column>("Column"));
  }
};

struct StatementEntity {
  std::string source_policy_id, source_policy_type;
  PositionEntity start, end;
  static constexpr auto shape() {
    return fields(body<&StatementEntity::source_policy_id>("SourcePolicyId"),
                  body<&StatementEntity::source_policy_type>("SourcePolicyType"),
                  body<&StatementEntity::start>("StartPosition"),
                  body<&StatementEntity::end>("EndPosition"));
  }
};

struct OrganizationsDetail {
  bool allowed = false;
  static constexpr auto shape() {
    return fields(body<&OrganizationsDetail::allowed>("AllowedByOrganizations"));
  }
};
struct BoundaryDetail {
  bool allowed = false;
  static constexpr auto shape() {
    return fields(body<&BoundaryDetail::allowed>("AllowedByPermissionsBoundary"));
  }
};

struct EvaluationResult {
  std::string action, resource, decision;
  std::vector<StatementEntity> matched;
  std::vector<std::string> missing;
  std::optional<OrganizationsDetail> organizations;
  std::optional<BoundaryDetail> boundary;
  static constexpr auto shape() {
    return fields(body<&EvaluationResult::action>("EvalActionName"),
                  body<&EvaluationResult::resource>("EvalResourceName"),
                  body<&EvaluationResult::decision>("EvalDecision"),
                  body<&EvaluationResult::matched>("MatchedStatements"),
                  body<&EvaluationResult::missing>("MissingContextValues"),
                  body<&EvaluationResult::organizations>("OrganizationsDecisionDetail"),
                  body<&EvaluationResult::boundary>("PermissionsBoundaryDecisionDetail"));
  }
};

// SimulationInput is what both simulations take beside their policies.
struct SimulationInput {
  std::vector<std::string> boundaries, actions, resources;
  std::optional<std::string> resource_policy, resource_owner, caller_arn, handling;
  std::vector<ContextEntry> context;
  PageIn page;
  static constexpr auto shape() {
    return fields(
        body<&SimulationInput::boundaries>("PermissionsBoundaryPolicyInputList"),
        body<&SimulationInput::actions>("ActionNames", {.required = true}),
        body<&SimulationInput::resources>("ResourceArns"),
        body<&SimulationInput::resource_policy>("ResourcePolicy", {.min = 1, .max = kDocumentMax}),
        body<&SimulationInput::resource_owner>("ResourceOwner", {.min = 1, .max = 2048}),
        body<&SimulationInput::caller_arn>("CallerArn", {.min = 1, .max = 2048}),
        body<&SimulationInput::context>("ContextEntries"),
        body<&SimulationInput::handling>("ResourceHandlingOption", {.min = 1, .max = 64}),
        group<&SimulationInput::page>());
  }
  iam::SimulationRequest request(const Call& call) const;
};

struct SimulationOutput {
  std::vector<EvaluationResult> results;
  PageOut page;
  static constexpr auto shape() {
    return fields(body<&SimulationOutput::results>("EvaluationResults"),
                  group<&SimulationOutput::page>());
  }
};
// answer is the page of the results that was asked for. Error: InvalidInput, no marker of ours.
Result<SimulationOutput> answer(const std::vector<iam::SimulationResult>& results,
                                const PageIn& page);

// demand_on_source is the demand on the user, group or role of an ARN.
Demand demand_on_source(const Call& call, std::string action, const std::string& arn);

}  // namespace coffer::api::iam_ops
