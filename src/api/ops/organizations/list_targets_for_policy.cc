// ListTargetsForPolicy lists what a service control policy is attached to.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_ListTargetsForPolicy.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct TargetEntity {
  std::string id, arn, name, type;
  static constexpr auto shape() {
    return fields(body<&TargetEntity::id>("TargetId"), body<&TargetEntity::arn>("Arn"),
                  body<&TargetEntity::name>("Name"), body<&TargetEntity::type>("Type"));
  }
};

TargetEntity target_entity(const Call& call, const std::string& target) {
  if (target == iam::kOrganizationRoot) {
    RootEntity root = root_entity(call);
    return {root.id, root.arn, root.name, "ROOT"};
  }
  auto account = call.services.iam->account(target);
  return {target, arn_of(call, "account", target), account.ok() ? account->name : "", "ACCOUNT"};
}

struct ListTargetsForPolicy {
  struct Input {
    std::string policy_id;
    PageIn page;
  };
  struct Output {
    std::vector<TargetEntity> targets;
    std::optional<std::string> next_token;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "ListTargetsForPolicy", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::policy_id>("PolicyId", {.max = 130}), group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::targets>("Targets"), body<&Output::next_token>("NextToken"));

  static Status validate(const Input& in, Call& call) {
    note(call, "policyId", in.policy_id);
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "ListTargetsForPolicy", policy_resource(call, in.policy_id));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto policy, call.services.iam->control_policy(in->policy_id));
    std::vector<TargetEntity> all;
    for (const std::string& target : policy.targets) all.push_back(target_entity(call, target));
    std::sort(all.begin(), all.end(),
              [](const TargetEntity& a, const TargetEntity& b) { return a.id < b.id; });
    Output out;
    CO_TRY(out.targets, page_of(std::move(all), in->page, out.next_token,
                                [](const TargetEntity& t) { return t.id; }));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(organizations, ListTargetsForPolicy);

}  // namespace coffer::api
