// GetAccountAuthorizationDetails answers every user, group, role and managed policy of the account,
// with all of their policies. Source:
// docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
#include <algorithm>
#include <array>

#include "api/ops/iam/authorization_details.h"
#include "iam/names.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

// The order of the answer; a marker is the kind's place and the marker of its own list.
constexpr std::array<std::string_view, 5> kKinds{"User", "Group", "Role", "LocalManagedPolicy",
                                                 "AWSManagedPolicy"};

struct GetAccountAuthorizationDetails {
  struct Input {
    std::vector<std::string> filter;
    PageIn page;
  };
  struct Output {
    std::vector<UserDetail> users;
    std::vector<GroupDetail> groups;
    std::vector<RoleDetails> roles;
    std::vector<ManagedPolicyDetail> policies;
    PageOut page;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "GetAccountAuthorizationDetails", .read_only = true};
  static constexpr auto input = fields(body<&Input::filter>("Filter"), group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::users>("UserDetailList"), body<&Output::groups>("GroupDetailList"),
             body<&Output::roles>("RoleDetailList"), body<&Output::policies>("Policies"),
             group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, in.page);
    for (const std::string& kind : in.filter)
      if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end())
        return Error{"ValidationError",
                     fmt::format("1 validation error detected: Value '[{}]' at 'filter' failed to "
                                 "satisfy constraint: Member must satisfy constraint: [Member must "
                                 "satisfy enum value set: [LocalManagedPolicy, Group, "
                                 "AWSManagedPolicy, User, Role]]",
                                 fmt::join(in.filter, ", "))};
    return ok_status();
  }
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return {demand_on(call, "iam:GetAccountAuthorizationDetails", "*")};
  }

  // add appends one page of a kind, and answers how many came and the marker of what is left.
  struct Added {
    size_t count = 0;
    std::optional<std::string> marker;
  };
  static Task<Result<Added>> add(size_t kind, iam::PageRequest page, Output& out, Call& call) {
    const iam::Iam& iam = *call.services.iam;
    const std::string account = call.caller.principal.account;
    if (kind == 0) {
      CO_TRY(auto users, iam.users(account, "/", page));
      for (const auto& user : users.items) out.users.push_back(user_detail(call, *user));
      co_return Added{users.items.size(), std::move(users.marker)};
    }
    if (kind == 1) {
      CO_TRY(auto groups, iam.groups(account, "/", page));
      for (const auto& group : groups.items) out.groups.push_back(group_detail(*group));
      co_return Added{groups.items.size(), std::move(groups.marker)};
    }
    if (kind == 2) {
      CO_TRY(auto roles, iam.roles(account, "/", page));
      for (const auto& role : roles.items) out.roles.push_back(role_details(call, *role));
      co_return Added{roles.items.size(), std::move(roles.marker)};
    }
    using Scope = iam::Iam::PolicyScope;
    CO_TRY(auto policies,
           iam.policies(account, {.scope = kind == 3 ? Scope::kLocal : Scope::kAws}, page));
    for (auto& policy : policies.items) {
      auto detail = co_await policy_detail(call, policy);
      if (!detail && detail.error().code == "NoSuchEntity") continue;  // deleted meanwhile
      CO_TRY(auto whole, std::move(detail));
      out.policies.push_back(std::move(whole));
    }
    co_return Added{policies.items.size(), std::move(policies.marker)};
  }

  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(size_t room, iam::page_size(in->page.request()));
    CO_TRY(const std::string after, iam::decode_marker(in->page.marker));
    size_t kind = 0;
    std::optional<std::string> inner;
    if (!after.empty()) {
      if (after[0] < '0' || after[0] > '4') co_return Error{"ValidationError", "Invalid Marker."};
      kind = static_cast<size_t>(after[0] - '0');
      if (after.size() > 1) inner = after.substr(1);
    }
    Output out;
    for (; kind < kKinds.size(); ++kind, inner.reset()) {
      if (!in->filter.empty() &&
          std::find(in->filter.begin(), in->filter.end(), kKinds[kind]) == in->filter.end())
        continue;
      std::optional<std::string> left = inner.value_or("");
      if (room > 0) {
        CO_TRY(Added added, co_await add(kind, {inner, static_cast<int64_t>(room)}, out, call));
        room -= added.count;
        left = std::move(added.marker);
      }
      if (!left) continue;
      out.page = PageOut::after(iam::encode_marker(std::to_string(kind) + *left));
      break;
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, GetAccountAuthorizationDetails);

}  // namespace coffer::api
