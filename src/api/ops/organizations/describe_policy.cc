// DescribePolicy shows a service control policy with its document.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_DescribePolicy.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct DescribePolicy {
  struct Input {
    std::string policy_id;
  };
  struct Output {
    PolicyEntity policy;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "DescribePolicy", .read_only = true};
  static constexpr auto input = fields(body<&Input::policy_id>("PolicyId", {.max = 130}));
  static constexpr auto output = fields(body<&Output::policy>("Policy"));

  static Status validate(const Input& in, Call& call) {
    note(call, "policyId", in.policy_id);
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "DescribePolicy", policy_resource(call, in.policy_id));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto found, call.services.iam->control_policy(in->policy_id));
    co_return Output{policy_entity(call, found)};
  }
};

}  // namespace

COFFER_OPERATION(organizations, DescribePolicy);

}  // namespace coffer::api
