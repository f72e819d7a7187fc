// CreatePolicy makes a service control policy, attached to nothing.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct CreatePolicy {
  struct Input {
    std::string content, description, name, type;
    std::vector<TagEntity> tags;
  };
  struct Output {
    PolicyEntity policy;
  };

  static constexpr OpSpec spec{.service = Service::kOrganizations, .name = "CreatePolicy"};
  static constexpr auto input = fields(body<&Input::content>("Content", {.min = 1, .max = 1000000}),
                                       body<&Input::description>("Description", {.max = 512}),
                                       body<&Input::name>("Name", {.min = 1, .max = 128}),
                                       body<&Input::type>("Type", {.values = kPolicyTypes}),
                                       body<&Input::tags>("Tags", {.max = 50}));
  static constexpr auto output = fields(body<&Output::policy>("Policy"));

  static Status validate(const Input& in, Call& call) {
    note(call, "name", in.name);
    note(call, "type", in.type);
    note(call, "content", in.content);
    TRY_OK(check_policy_type(in.type));
    if (!in.tags.empty())  // tags of policies are not kept
      return Error{"UnsupportedAPIEndpointException", "Tags of policies are not supported."};
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "CreatePolicy", "*");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto made,
           co_await call.services.iam->create_control_policy(
               {.name = in->name, .description = in->description, .document = in->content},
               call.draft));
    co_return Output{policy_entity(call, made)};
  }
};

}  // namespace

COFFER_OPERATION(organizations, CreatePolicy);

}  // namespace coffer::api
