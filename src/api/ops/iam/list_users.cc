// ListUsers lists the account's users under a path.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct ListUsers {
  struct Input {
    std::optional<std::string> path_prefix;
    PageIn page;
  };
  struct Output {
    std::vector<UserEntity> users;
    PageOut page;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "ListUsers", .read_only = true};
  static constexpr auto input = fields(
      body<&Input::path_prefix>("PathPrefix", {.min = 1, .max = 512}), group<&Input::page>());
  static constexpr auto output = fields(body<&Output::users>("Users"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "pathPrefix", in.path_prefix);
    note(call, in.page);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on(call, "iam:ListUsers",
                      fmt::format("arn:aws:iam::{}:user{}", call.caller.principal.account,
                                  in.path_prefix.value_or("/")))};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto page, call.services.iam->users(call.caller.principal.account,
                                               in->path_prefix.value_or("/"), in->page.request()));
    Output out{.page = PageOut::after(page.marker)};
    for (const auto& user : page.items) out.users.push_back(user_entity(*user, false));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, ListUsers);

}  // namespace coffer::api
