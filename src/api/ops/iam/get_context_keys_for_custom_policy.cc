// GetContextKeysForCustomPolicy lists the condition keys that policies given as text read.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct GetContextKeysForCustomPolicy {
  struct Input {
    std::vector<std::string> policies;
  };
  struct Output {
    std::vector<std::string> names;
  };

  static constexpr OpSpec spec{.service = Service::kIam,
                               .name = "GetContextKeysForCustomPolicy",
                               .body_bytes_max = kDocumentBodyMax,
                               .read_only = true};
  static constexpr auto input =
      fields(body<&Input::policies>("PolicyInputList", {.required = true}));
  static constexpr auto output = fields(body<&Output::names>("ContextKeyNames"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return {demand_on(call, "iam:GetContextKeysForCustomPolicy", "*")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    Output out;
    CO_TRY(out.names, co_await call.services.iam->context_keys(std::nullopt, in->policies));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, GetContextKeysForCustomPolicy);

}  // namespace coffer::api
