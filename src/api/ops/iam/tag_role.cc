// TagRole adds tags to a role, or gives those it has new values.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct TagRole {
  struct Input {
    std::string role_name;
    std::vector<TagEntity> tags;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "TagRole"};
  static constexpr auto input = fields(body<&Input::role_name>("RoleName", {.min = 1, .max = 64}),
                                       body<&Input::tags>("Tags", {.required = true, .max = 50}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    note(call, in.tags);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_role(call, in.role_name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    Demand out = demand_on_user(call, "iam:TagRole", target);
    set_request_tags(out, in.tags);
    return {std::move(out)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->tag_role(target.account, target.user, tags_of(in->tags),
                                                   call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, TagRole);

}  // namespace coffer::api
