// GetPolicyVersion answers one version of a managed policy with its document, percent-encoded.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct GetPolicyVersion {
  struct Input {
    std::string policy_arn, version_id;
  };
  struct Output {
    PolicyVersionEntity policy_version;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "GetPolicyVersion", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::policy_arn>("PolicyArn", {.min = 20, .max = 2048}),
             body<&Input::version_id>("VersionId"));
  static constexpr auto output = fields(body<&Output::policy_version>("PolicyVersion"));

  static Status validate(const Input& in, Call& call) {
    note(call, "policyArn", in.policy_arn);
    note(call, "versionId", in.version_id);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on_policy(call, "iam:GetPolicyVersion", in.policy_arn)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto version, co_await call.services.iam->policy_version(
                             call.caller.principal.account, in->policy_arn, in->version_id));
    co_return Output{version_entity(version)};
  }
};

}  // namespace

COFFER_OPERATION(iam, GetPolicyVersion);

}  // namespace coffer::api
