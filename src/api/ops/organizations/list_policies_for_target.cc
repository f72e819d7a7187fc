// ListPoliciesForTarget lists the service control policies that are attached to the root or an
// account. Source:
// docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct ListPoliciesForTarget {
  struct Input {
    std::string target_id, filter;
    PageIn page;
  };
  struct Output {
    std::vector<PolicySummaryEntity> policies;
    std::optional<std::string> next_token;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "ListPoliciesForTarget", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::target_id>("TargetId", {.max = 130}),
             body<&Input::filter>("Filter", {.values = kPolicyTypes}), group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::policies>("Policies"), body<&Output::next_token>("NextToken"));

  static Status validate(const Input& in, Call& call) {
    note(call, "targetId", in.target_id);
    TRY_OK(check_policy_type(in.filter));
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "ListPoliciesForTarget", "*");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(const std::string target, control_target(call, in->target_id));
    auto all = call.services.iam->control_policies();
    std::erase_if(all, [&](const iam::ControlPolicy& p) {
      return std::find(p.targets.begin(), p.targets.end(), target) == p.targets.end();
    });
    Output out;
    CO_TRY(auto page, page_of(std::move(all), in->page, out.next_token,
                              [](const iam::ControlPolicy& p) { return p.id; }));
    for (const auto& policy : page) out.policies.push_back(policy_summary(call, policy));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(organizations, ListPoliciesForTarget);

}  // namespace coffer::api
