// ApplyLifecycle does what the buckets' lifecycle rules say (s3/lifecycle/).
#include "api/ops/coffer/operator.h"
#include "s3/lifecycle/lifecycle.h"

namespace coffer::api {
namespace {

struct ApplyLifecycle {
  struct Input {};
  using Output = coffer_ops::Done;

  static constexpr OpSpec spec{.service = Service::kCoffer, .name = "ApplyLifecycle"};
  static constexpr auto input = fields();
  static constexpr auto output = coffer_ops::done_shape;

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "ApplyLifecycle");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    s3::Lifecycle lifecycle(*call.services.s3, *call.services.clock, *call.services.random);
    co_return coffer_ops::done(call, co_await lifecycle.apply());
  }
};

}  // namespace

COFFER_OPERATION(coffer, ApplyLifecycle);

}  // namespace coffer::api
