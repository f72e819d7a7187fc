// Sweep finishes large deletions, clears the leftovers of ended uploads, and frees blobs that
// nothing refers to any more.
#include "api/ops/coffer/operator.h"
#include "s3/s3.h"

namespace coffer::api {
namespace {

struct Sweep {
  struct Input {};
  using Output = coffer_ops::Done;

  static constexpr OpSpec spec{.service = Service::kCoffer, .name = "Sweep"};
  static constexpr auto input = fields();
  static constexpr auto output = coffer_ops::done_shape;

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "Sweep");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    co_return coffer_ops::done(call, co_await call.services.s3->sweep());
  }
};

}  // namespace

COFFER_OPERATION(coffer, Sweep);

}  // namespace coffer::api
