// CreateUser makes an IAM user.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct CreateUser {
  struct Input {
    std::string user_name;
    std::optional<std::string> path;
    std::optional<std::string> permissions_boundary;
    std::vector<TagEntity> tags;
  };
  struct Output {
    UserEntity user;
  };

  static constexpr OpSpec spec{.service = Service::kIam, .name = "CreateUser"};
  static constexpr auto input =
      fields(body<&Input::path>("Path", {.min = 1, .max = 512}),
             body<&Input::user_name>("UserName", {.min = 1, .max = 64}),
             body<&Input::permissions_boundary>("PermissionsBoundary", {.min = 20, .max = 2048}),
             body<&Input::tags>("Tags", {.max = 50}));
  static constexpr auto output = fields(body<&Output::user>("User"));

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    note(call, "path", in.path);
    note(call, "permissionsBoundary", in.permissions_boundary);
    note(call, in.tags);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    std::string arn = fmt::format("arn:aws:iam::{}:user{}{}", call.caller.principal.account,
                                  in.path.value_or("/"), in.user_name);
    std::vector<Demand> out{demand_on(call, "iam:CreateUser", arn)};
    if (in.permissions_boundary)
      out[0].conditions.set("iam:PermissionsBoundary", *in.permissions_boundary);
    set_request_tags(out[0], in.tags);
    if (in.tags.empty()) return out;
    out.push_back(demand_on(call, "iam:TagUser", arn));
    set_request_tags(out[1], in.tags);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    iam::Iam::NewUser request{.name = in->user_name,
                              .path = in->path.value_or("/"),
                              .boundary = in->permissions_boundary,
                              .tags = tags_of(in->tags)};
    CO_TRY(auto user, co_await call.services.iam->create_user(call.caller.principal.account,
                                                              std::move(request), call.draft));
    Output out{user_entity(*user)};
    note_response(call, out.user);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, CreateUser);

}  // namespace coffer::api
