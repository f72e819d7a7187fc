// CreateGroup makes a group with nobody in it.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html
#include "api/ops/iam/groups.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct CreateGroup {
  struct Input {
    std::optional<std::string> path;
    std::string group_name;
  };
  struct Output {
    GroupEntity group;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "CreateGroup"};
  static constexpr auto input =
      fields(body<&Input::path>("Path", {.min = 1, .max = 512}),
             body<&Input::group_name>("GroupName", {.min = 1, .max = 128}));
  static constexpr auto output = fields(body<&Output::group>("Group"));

  static Status validate(const Input& in, Call& call) {
    note(call, "groupName", in.group_name);
    note(call, "path", in.path);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on(call, "iam:CreateGroup",
                      fmt::format("arn:aws:iam::{}:group{}{}", call.caller.principal.account,
                                  in.path.value_or("/"), in.group_name))};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto made,
           co_await call.services.iam->create_group(call.caller.principal.account, in->group_name,
                                                    in->path.value_or("/"), call.draft));
    co_return Output{group_entity(*made)};
  }
};

}  // namespace

COFFER_OPERATION(iam, CreateGroup);

}  // namespace coffer::api
