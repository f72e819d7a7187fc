// SimulatePrincipalPolicy tells what the policies of a user, group or role would decide.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
#include "api/ops/iam/simulation.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct SimulatePrincipalPolicy {
  struct Input {
    std::string source_arn;
    std::vector<std::string> policies;
    SimulationInput simulation;
  };
  struct Output {
    SimulationOutput answer;
  };

  static constexpr OpSpec spec{.service = Service::kIam,
                               .name = "SimulatePrincipalPolicy",
                               .body_bytes_max = kDocumentBodyMax,
                               .read_only = true};
  static constexpr auto input =
      fields(body<&Input::source_arn>("PolicySourceArn", {.min = 20, .max = 2048}),
             body<&Input::policies>("PolicyInputList"), group<&Input::simulation>());
  static constexpr auto output = fields(group<&Output::answer>());

  static Status validate(const Input& in, Call& call) {
    note(call, "policySourceArn", in.source_arn);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_on_source(call, "iam:SimulatePrincipalPolicy", in.source_arn)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    iam::SimulationRequest request = in->simulation.request(call);
    request.source_arn = in->source_arn;
    request.policies = in->policies;
    CO_TRY(auto results, co_await call.services.iam->simulate(std::move(request)));
    Output out;
    CO_TRY(out.answer, answer(results, in->simulation.page));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, SimulatePrincipalPolicy);

}  // namespace coffer::api
