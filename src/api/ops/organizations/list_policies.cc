// ListPolicies lists the service control policies.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_ListPolicies.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct ListPolicies {
  struct Input {
    std::string filter;
    PageIn page;
  };
  struct Output {
    std::vector<PolicySummaryEntity> policies;
    std::optional<std::string> next_token;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "ListPolicies", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::filter>("Filter", {.values = kPolicyTypes}), group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::policies>("Policies"), body<&Output::next_token>("NextToken"));

  static Status validate(const Input& in, Call& call) {
    TRY_OK(check_policy_type(in.filter));
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "ListPolicies", "*");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    Output out;
    CO_TRY(auto page, page_of(call.services.iam->control_policies(), in->page, out.next_token,
                              [](const iam::ControlPolicy& p) { return p.id; }));
    for (const auto& policy : page) out.policies.push_back(policy_summary(call, policy));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(organizations, ListPolicies);

}  // namespace coffer::api
