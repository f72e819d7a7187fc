// CreatePolicyVersion adds a version to a managed policy, at most five.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct CreatePolicyVersion {
  struct Input {
    std::string policy_arn, policy_document;
    std::optional<bool> set_as_default;
  };
  struct Output {
    PolicyVersionEntity policy_version;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "CreatePolicyVersion", .body_bytes_max = kDocumentBodyMax};
  static constexpr auto input =
      fields(body<&Input::policy_arn>("PolicyArn", {.min = 20, .max = 2048}),
             body<&Input::policy_document>("PolicyDocument", {.min = 1, .max = kDocumentMax}),
             body<&Input::set_as_default>("SetAsDefault"));
  static constexpr auto output = fields(body<&Output::policy_version>("PolicyVersion"));

  static Status validate(const Input& in, Call& call) {
    note(call, "policyArn", in.policy_arn);
    note(call, "policyDocument", in.policy_document);
    note(call, "setAsDefault", in.set_as_default);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on_policy(call, "iam:CreatePolicyVersion", in.policy_arn)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto version, co_await call.services.iam->create_policy_version(
                             call.caller.principal.account, in->policy_arn, in->policy_document,
                             in->set_as_default.value_or(false), call.draft));
    Output out{version_entity(version)};
    note_response(call, out.policy_version);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, CreatePolicyVersion);

}  // namespace coffer::api
