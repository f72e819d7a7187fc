// ListPolicies lists managed policies: the account's own, AWS's, or both.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct ListPolicies {
  struct Input {
    std::optional<std::string> scope;
    std::optional<bool> only_attached;
    std::optional<std::string> path_prefix, policy_usage_filter;
    PageIn page;
  };
  struct Output {
    std::vector<PolicyEntity> policies;
    PageOut page;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "ListPolicies", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::scope>("Scope", {.values = "All|AWS|Local"}),
             body<&Input::only_attached>("OnlyAttached"),
             body<&Input::path_prefix>("PathPrefix", {.min = 1, .max = 512}),
             body<&Input::policy_usage_filter>("PolicyUsageFilter",
                                               {.values = "PermissionsPolicy|PermissionsBoundary"}),
             group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::policies>("Policies"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "scope", in.scope);
    note(call, "onlyAttached", in.only_attached);
    note(call, "pathPrefix", in.path_prefix);
    note(call, in.page);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on(call, "iam:ListPolicies", policy_arn_for(call, in.path_prefix, ""))};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    using Scope = iam::Iam::PolicyScope;
    iam::Iam::PolicyFilter filter{.only_attached = in->only_attached.value_or(false),
                                  .path_prefix = in->path_prefix.value_or("/")};
    if (in->scope == "AWS") filter.scope = Scope::kAws;
    if (in->scope == "Local") filter.scope = Scope::kLocal;
    if (in->policy_usage_filter)
      filter.boundaries = in->policy_usage_filter == "PermissionsBoundary";
    CO_TRY(auto page,
           call.services.iam->policies(call.caller.principal.account, filter, in->page.request()));
    Output out{.page = PageOut::after(page.marker)};
    for (const auto& policy : page.items) out.policies.push_back(policy_entity(policy, false));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, ListPolicies);

}  // namespace coffer::api
