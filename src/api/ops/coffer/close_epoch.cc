// CloseEpoch makes deletions final: surviving keys move under a new domain key, and the one that
// could open destroyed keys is destroyed.
#include "api/ops/coffer/operator.h"
#include "kms/key_service.h"

namespace coffer::api {
namespace {

struct CloseEpoch {
  struct Input {};
  using Output = coffer_ops::Done;

  static constexpr OpSpec spec{.service = Service::kCoffer, .name = "CloseEpoch"};
  static constexpr auto input = fields();
  static constexpr auto output = coffer_ops::done_shape;

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "CloseEpoch");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    if (!call.services.kms->closing_due()) co_return coffer_ops::done(call, size_t{0});
    CO_TRY_OK(co_await call.services.kms->close_epoch());
    co_return coffer_ops::done(call, size_t{1});
  }
};

}  // namespace

COFFER_OPERATION(coffer, CloseEpoch);

}  // namespace coffer::api
