// ListEntitiesForPolicy lists the users that a managed policy is attached to, or whose boundary it
// is. Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct PolicyGroup {
  std::string group_name, group_id;
  static constexpr auto shape() {
    return fields(body<&PolicyGroup::group_name>("GroupName"),
                  body<&PolicyGroup::group_id>("GroupId"));
  }
};
struct PolicyUser {
  std::string user_name, user_id;
  static constexpr auto shape() {
    return fields(body<&PolicyUser::user_name>("UserName"), body<&PolicyUser::user_id>("UserId"));
  }
};
struct PolicyRole {
  std::string role_name, role_id;
  static constexpr auto shape() {
    return fields(body<&PolicyRole::role_name>("RoleName"), body<&PolicyRole::role_id>("RoleId"));
  }
};

struct ListEntitiesForPolicy {
  struct Input {
    std::string policy_arn;
    std::optional<std::string> entity_filter, path_prefix, policy_usage_filter;
    PageIn page;
  };
  struct Output {
    std::vector<PolicyGroup> policy_groups;
    std::vector<PolicyUser> policy_users;
    std::vector<PolicyRole> policy_roles;
    PageOut page;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "ListEntitiesForPolicy", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::policy_arn>("PolicyArn", {.min = 20, .max = 2048}),
             body<&Input::entity_filter>(
                 "EntityFilter", {.values = "User|Role|Group|LocalManagedPolicy|AWSManagedPolicy"}),
             body<&Input::path_prefix>("PathPrefix", {.min = 1, .max = 512}),
             body<&Input::policy_usage_filter>("PolicyUsageFilter",
                                               {.values = "PermissionsPolicy|PermissionsBoundary"}),
             group<&Input::page>());
  static constexpr auto output = fields(
      body<&Output::policy_groups>("PolicyGroups"), body<&Output::policy_users>("PolicyUsers"),
      body<&Output::policy_roles>("PolicyRoles"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "policyArn", in.policy_arn);
    note(call, "entityFilter", in.entity_filter);
    note(call, "pathPrefix", in.path_prefix);
    note(call, in.page);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on_policy(call, "iam:ListEntitiesForPolicy", in.policy_arn)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    const std::string& account = call.caller.principal.account;
    CO_TRY_OK(call.services.iam->policy(account, in->policy_arn));
    iam::Iam::EntityFilter filter{.path_prefix = in->path_prefix.value_or("/")};
    if (in->policy_usage_filter)
      filter.boundaries = in->policy_usage_filter == "PermissionsBoundary";
    if (in->entity_filter == "User") filter.kind = iam::Iam::EntityKind::kUser;
    if (in->entity_filter == "Group") filter.kind = iam::Iam::EntityKind::kGroup;
    if (in->entity_filter == "Role") filter.kind = iam::Iam::EntityKind::kRole;
    if (in->entity_filter && !filter.kind) co_return Output{};
    CO_TRY(auto page, call.services.iam->entities_with_policy(account, in->policy_arn, filter,
                                                              in->page.request()));
    Output out{.page = PageOut::after(page.marker)};
    for (const auto& e : page.items) {
      if (e.kind == iam::Iam::EntityKind::kUser) out.policy_users.push_back({e.name, e.id});
      if (e.kind == iam::Iam::EntityKind::kGroup) out.policy_groups.push_back({e.name, e.id});
      if (e.kind == iam::Iam::EntityKind::kRole) out.policy_roles.push_back({e.name, e.id});
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, ListEntitiesForPolicy);

}  // namespace coffer::api
