// CreatePolicy makes a managed policy; its document is version v1.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct CreatePolicy {
  struct Input {
    std::string policy_name;
    std::optional<std::string> path;
    std::string policy_document;
    std::optional<std::string> description;
    std::vector<TagEntity> tags;
  };
  struct Output {
    PolicyEntity policy;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "CreatePolicy", .body_bytes_max = kDocumentBodyMax};
  static constexpr auto input =
      fields(body<&Input::policy_name>("PolicyName", {.min = 1, .max = 128}),
             body<&Input::path>("Path", {.min = 1, .max = 512}),
             body<&Input::policy_document>("PolicyDocument", {.min = 1, .max = kDocumentMax}),
             body<&Input::description>("Description", {.max = 1000}),
             body<&Input::tags>("Tags", {.max = 50}));
  static constexpr auto output = fields(body<&Output::policy>("Policy"));

  static Status validate(const Input& in, Call& call) {
    note(call, "policyName", in.policy_name);
    note(call, "path", in.path);
    note(call, "policyDocument", in.policy_document);
    note(call, "description", in.description);
    note(call, in.tags);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    std::string arn = policy_arn_for(call, in.path, in.policy_name);
    std::vector<Demand> out{demand_on(call, "iam:CreatePolicy", arn)};
    if (in.tags.empty()) return out;
    out.push_back(demand_on(call, "iam:TagPolicy", arn));
    for (Demand& demand : out) set_request_tags(demand, in.tags);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    iam::Iam::NewPolicy request{.name = in->policy_name,
                                .path = in->path.value_or("/"),
                                .document = in->policy_document,
                                .description = in->description.value_or(""),
                                .tags = tags_of(in->tags)};
    CO_TRY(auto policy, co_await call.services.iam->create_policy(call.caller.principal.account,
                                                                  std::move(request), call.draft));
    Output out{policy_entity(policy)};
    note_response(call, out.policy);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, CreatePolicy);

}  // namespace coffer::api
