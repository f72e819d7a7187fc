// ListRoles lists the account's roles under a path.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct ListRoles {
  struct Input {
    std::optional<std::string> path_prefix;
    PageIn page;
  };
  struct Output {
    std::vector<RoleEntity> roles;
    PageOut page;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "ListRoles", .read_only = true};
  static constexpr auto input = fields(
      body<&Input::path_prefix>("PathPrefix", {.min = 1, .max = 512}), group<&Input::page>());
  static constexpr auto output = fields(body<&Output::roles>("Roles"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "pathPrefix", in.path_prefix);
    note(call, in.page);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on(call, "iam:ListRoles",
                      fmt::format("arn:aws:iam::{}:role{}", call.caller.principal.account,
                                  in.path_prefix.value_or("/")))};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto page, call.services.iam->roles(call.caller.principal.account,
                                               in->path_prefix.value_or("/"), in->page.request()));
    Output out{.page = PageOut::after(page.marker)};
    for (const auto& role : page.items)
      out.roles.push_back(role_entity(call, *role, RoleDetail::kListed));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, ListRoles);

}  // namespace coffer::api
