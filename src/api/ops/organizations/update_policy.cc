// UpdatePolicy changes a service control policy; it binds from the next request on.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_UpdatePolicy.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct UpdatePolicy {
  struct Input {
    std::string policy_id;
    std::optional<std::string> name, description, content;
  };
  struct Output {
    PolicyEntity policy;
  };

  static constexpr OpSpec spec{.service = Service::kOrganizations, .name = "UpdatePolicy"};
  static constexpr auto input =
      fields(body<&Input::policy_id>("PolicyId", {.max = 130}),
             body<&Input::name>("Name", {.min = 1, .max = 128}),
             body<&Input::description>("Description", {.max = 512}),
             body<&Input::content>("Content", {.min = 1, .max = 1000000}));
  static constexpr auto output = fields(body<&Output::policy>("Policy"));

  static Status validate(const Input& in, Call& call) {
    note(call, "policyId", in.policy_id);
    if (in.content) note(call, "content", *in.content);
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "UpdatePolicy", policy_resource(call, in.policy_id));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto made,
           co_await call.services.iam->update_control_policy(
               in->policy_id,
               {.name = in->name, .description = in->description, .document = in->content},
               call.draft));
    co_return Output{policy_entity(call, made)};
  }
};

}  // namespace

COFFER_OPERATION(organizations, UpdatePolicy);

}  // namespace coffer::api
