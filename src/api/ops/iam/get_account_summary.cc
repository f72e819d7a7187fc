// GetAccountSummary counts what the account has, beside its quotas.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct GetAccountSummary {
  struct Input {};
  struct Output {
    std::map<std::string, std::string> summary_map;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "GetAccountSummary", .read_only = true};
  static constexpr auto input = fields();
  static constexpr auto output = fields(body<&Output::summary_map>("SummaryMap"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return {demand_on(call, "iam:GetAccountSummary", "*")};
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    const auto has = call.services.iam->summary(call.caller.principal.account);
    Output out;
    auto put = [&](std::string name, size_t count) {
      out.summary_map.emplace(std::move(name), std::to_string(count));
    };
    put("Users", has.users);
    put("UsersQuota", iam::kUsersMax);
    put("Groups", has.groups);
    put("GroupsQuota", iam::kGroupsMax);
    put("Roles", has.roles);
    put("RolesQuota", iam::kRolesMax);
    put("Policies", has.policies);
    put("PoliciesQuota", iam::kPoliciesMax);
    put("PolicyVersionsInUse", has.policy_versions);
    put("VersionsPerPolicyQuota", iam::kPolicyVersionsMax);
    put("AccountAccessKeysPresent", has.root_keys > 0 ? 1 : 0);
    put("AccountMFAEnabled", 0);
    put("AccessKeysPerUserQuota", iam::kAccessKeysPerUserMax);
    put("GroupsPerUserQuota", iam::kGroupsPerUserMax);
    put("AttachedPoliciesPerUserQuota", iam::kAttachedPoliciesMax);
    put("AttachedPoliciesPerGroupQuota", iam::kAttachedPoliciesMax);
    put("AttachedPoliciesPerRoleQuota", iam::kAttachedPoliciesMax);
    put("PolicySizeQuota", iam::kManagedPolicySizeMax);
    put("UserPolicySizeQuota", iam::kInlinePoliciesSizeMax);
    put("GroupPolicySizeQuota", iam::kGroupInlinePoliciesSizeMax);
    put("RolePolicySizeQuota", iam::kRoleInlinePoliciesSizeMax);
    put("AssumeRolePolicySizeQuota", iam::kTrustPolicySizeMax);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, GetAccountSummary);

}  // namespace coffer::api
