// GetContextKeysForPrincipalPolicy lists the condition keys that the policies of a user, group or
// role read.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html
#include "api/ops/iam/simulation.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct GetContextKeysForPrincipalPolicy {
  struct Input {
    std::string source_arn;
    std::vector<std::string> policies;
  };
  struct Output {
    std::vector<std::string> names;
  };

  static constexpr OpSpec spec{.service = Service::kIam,
                               .name = "GetContextKeysForPrincipalPolicy",
                               .body_bytes_max = kDocumentBodyMax,
                               .read_only = true};
  static constexpr auto input =
      fields(body<&Input::source_arn>("PolicySourceArn", {.min = 20, .max = 2048}),
             body<&Input::policies>("PolicyInputList"));
  static constexpr auto output = fields(body<&Output::names>("ContextKeyNames"));

  static Status validate(const Input& in, Call& call) {
    note(call, "policySourceArn", in.source_arn);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on_source(call, "iam:GetContextKeysForPrincipalPolicy", in.source_arn)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    Output out;
    CO_TRY(out.names, co_await call.services.iam->context_keys(in->source_arn, in->policies));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, GetContextKeysForPrincipalPolicy);

}  // namespace coffer::api
