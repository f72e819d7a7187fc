// ListGroups lists the account's groups under a path.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html
#include "api/ops/iam/groups.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct ListGroups {
  struct Input {
    std::optional<std::string> path_prefix;
    PageIn page;
  };
  struct Output {
    std::vector<GroupEntity> groups;
    PageOut page;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "ListGroups", .read_only = true};
  static constexpr auto input = fields(
      body<&Input::path_prefix>("PathPrefix", {.min = 1, .max = 512}), group<&Input::page>());
  static constexpr auto output = fields(body<&Output::groups>("Groups"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "pathPrefix", in.path_prefix);
    note(call, in.page);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on(call, "iam:ListGroups",
                      fmt::format("arn:aws:iam::{}:group{}", call.caller.principal.account,
                                  in.path_prefix.value_or("/")))};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto page, call.services.iam->groups(call.caller.principal.account,
                                                in->path_prefix.value_or("/"), in->page.request()));
    Output out{.page = PageOut::after(page.marker)};
    for (const auto& group : page.items) out.groups.push_back(group_entity(*group));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, ListGroups);

}  // namespace coffer::api
