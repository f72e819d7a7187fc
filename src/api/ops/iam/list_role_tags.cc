// ListRoleTags lists a role's tags, in byte order of their keys.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct ListRoleTags {
  struct Input {
    std::string role_name;
    PageIn page;
  };
  struct Output {
    std::vector<TagEntity> tags;
    PageOut page;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "ListRoleTags", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}), group<&Input::page>());
  static constexpr auto output = fields(body<&Output::tags>("Tags"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    note(call, in.page);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:ListRoleTags", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto page,
           call.services.iam->role_tags(target.account, target.user, in->page.request()));
    Output out{.page = PageOut::after(page.marker)};
    for (const iam::Tag& t : page.items) out.tags.push_back({t.key, t.value});
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, ListRoleTags);

}  // namespace coffer::api
