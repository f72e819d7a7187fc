// TagUser adds tags to a user, or gives those it has new values.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct TagUser {
  struct Input {
    std::string user_name;
    std::vector<TagEntity> tags;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "TagUser"};
  static constexpr auto input = fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}),
                                       body<&Input::tags>("Tags", {.required = true, .max = 50}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    note(call, in.tags);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    Demand out = demand_on_user(call, "iam:TagUser", target);
    set_request_tags(out, in.tags);
    return {std::move(out)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->tag_user(target.account, target.user, tags_of(in->tags),
                                                   call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, TagUser);

}  // namespace coffer::api
