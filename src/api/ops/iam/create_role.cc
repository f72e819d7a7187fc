// CreateRole makes a role with the trust policy that says who may assume it.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
#include "api/ops/iam/roles.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct CreateRole {
  struct Input {
    std::optional<std::string> path;
    std::string role_name, assume_role_policy_document;
    std::optional<std::string> description;
    std::optional<int64_t> max_session_duration;
    std::optional<std::string> permissions_boundary;
    std::vector<TagEntity> tags;
  };
  struct Output {
    RoleEntity role;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "CreateRole", .body_bytes_max = kDocumentBodyMax};
  static constexpr auto input =
      fields(body<&Input::path>("Path", {.min = 1, .max = 512}),
             body<&Input::role_name>("RoleName", {.min = 1, .max = 64}),
             body<&Input::assume_role_policy_document>("AssumeRolePolicyDocument",
                                                       {.min = 1, .max = kDocumentMax}),
             body<&Input::description>("Description", {.max = 1000}),
             body<&Input::max_session_duration>("MaxSessionDuration", {.min = 3600, .max = 43200}),
             body<&Input::permissions_boundary>("PermissionsBoundary", {.min = 20, .max = 2048}),
             body<&Input::tags>("Tags", {.max = 50}));
  static constexpr auto output = fields(body<&Output::role>("Role"));

  static Status validate(const Input& in, Call& call) {
    note(call, "roleName", in.role_name);
    note(call, "path", in.path);
    note(call, "assumeRolePolicyDocument", in.assume_role_policy_document);
    note(call, "description", in.description);
    note(call, "maxSessionDuration", in.max_session_duration);
    note(call, "permissionsBoundary", in.permissions_boundary);
    note(call, in.tags);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    std::string arn = fmt::format("arn:aws:iam::{}:role{}{}", call.caller.principal.account,
                                  in.path.value_or("/"), in.role_name);
    std::vector<Demand> out{demand_on(call, "iam:CreateRole", arn)};
    if (in.permissions_boundary)
      out[0].conditions.set("iam:PermissionsBoundary", *in.permissions_boundary);
    set_request_tags(out[0], in.tags);
    if (in.tags.empty()) return out;
    out.push_back(demand_on(call, "iam:TagRole", arn));
    set_request_tags(out[1], in.tags);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    iam::Iam::NewRole request{.name = in->role_name,
                              .path = in->path.value_or("/"),
                              .trust = in->assume_role_policy_document,
                              .description = in->description.value_or(""),
                              .max_session_s = in->max_session_duration.value_or(3600),
                              .boundary = in->permissions_boundary,
                              .tags = tags_of(in->tags)};
    CO_TRY(auto role, co_await call.services.iam->create_role(call.caller.principal.account,
                                                              std::move(request), call.draft));
    Output out{role_entity(call, *role, RoleDetail::kMade)};
    note_response(call, out.role);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, CreateRole);

}  // namespace coffer::api
