// SimulateCustomPolicy tells what policies given as text would decide.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
#include "api/ops/iam/simulation.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct SimulateCustomPolicy {
  struct Input {
    std::vector<std::string> policies;
    SimulationInput simulation;
  };
  struct Output {
    SimulationOutput answer;
  };

  static constexpr OpSpec spec{.service = Service::kIam,
                               .name = "SimulateCustomPolicy",
                               .body_bytes_max = kDocumentBodyMax,
                               .read_only = true};
  static constexpr auto input = fields(
      body<&Input::policies>("PolicyInputList", {.required = true}), group<&Input::simulation>());
  static constexpr auto output = fields(group<&Output::answer>());

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return {demand_on(call, "iam:SimulateCustomPolicy", "*")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    iam::SimulationRequest request = in->simulation.request(call);
    request.policies = in->policies;
    CO_TRY(auto results, co_await call.services.iam->simulate(std::move(request)));
    Output out;
    CO_TRY(out.answer, answer(results, in->simulation.page));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, SimulateCustomPolicy);

}  // namespace coffer::api
