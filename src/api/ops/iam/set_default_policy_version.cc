// SetDefaultPolicyVersion puts a version of a managed policy in force, for everybody who has the
// policy. Source: docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct SetDefaultPolicyVersion {
  struct Input {
    std::string policy_arn, version_id;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kIam, .name = "SetDefaultPolicyVersion"};
  static constexpr auto input =
      fields(body<&Input::policy_arn>("PolicyArn", {.min = 20, .max = 2048}),
             body<&Input::version_id>("VersionId"));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "policyArn", in.policy_arn);
    note(call, "versionId", in.version_id);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on_policy(call, "iam:SetDefaultPolicyVersion", in.policy_arn)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    const std::string& account = call.caller.principal.account;
    CO_TRY_OK(co_await call.services.iam->set_default_policy_version(account, in->policy_arn,
                                                                     in->version_id, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, SetDefaultPolicyVersion);

}  // namespace coffer::api
