// ListUserTags lists a user's tags, in byte order of their keys.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct ListUserTags {
  struct Input {
    std::string user_name;
    PageIn page;
  };
  struct Output {
    std::vector<TagEntity> tags;
    PageOut page;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "ListUserTags", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}), group<&Input::page>());
  static constexpr auto output = fields(body<&Output::tags>("Tags"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    note(call, in.page);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:ListUserTags", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto page,
           call.services.iam->user_tags(target.account, target.user, in->page.request()));
    Output out{.page = PageOut::after(page.marker)};
    for (const iam::Tag& t : page.items) out.tags.push_back({t.key, t.value});
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, ListUserTags);

}  // namespace coffer::api
