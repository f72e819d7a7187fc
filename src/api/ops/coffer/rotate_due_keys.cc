// RotateDueKeys rotates the KMS keys whose automatic rotation is due.
#include "api/ops/coffer/operator.h"
#include "kms/key_service.h"

namespace coffer::api {
namespace {

struct RotateDueKeys {
  struct Input {};
  using Output = coffer_ops::Done;

  static constexpr OpSpec spec{.service = Service::kCoffer, .name = "RotateDueKeys"};
  static constexpr auto input = fields();
  static constexpr auto output = coffer_ops::done_shape;

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "RotateDueKeys");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    co_return coffer_ops::done(call, co_await call.services.kms->rotate_due());
  }
};

}  // namespace

COFFER_OPERATION(coffer, RotateDueKeys);

}  // namespace coffer::api
