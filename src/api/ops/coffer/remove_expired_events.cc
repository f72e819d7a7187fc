// RemoveExpiredEvents removes audit log files whose events are all older than 90 days and delivered
// by every trail. That they went is on record, so that no other removal passes for this one.
#include "api/ops/coffer/operator.h"
#include "audit/trails.h"

namespace coffer::api {
namespace {

constexpr int64_t kKeptMs = 90ll * 24 * 3600 * 1000;

struct RemoveExpiredEvents {
  struct Input {};
  using Output = coffer_ops::Done;

  static constexpr OpSpec spec{.service = Service::kCoffer, .name = "RemoveExpiredEvents"};
  static constexpr auto input = fields();
  static constexpr auto output = coffer_ops::done_shape;

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "RemoveExpiredEvents");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    const uint64_t undelivered =
        call.services.trails ? call.services.trails->undelivered() : UINT64_MAX;
    co_return coffer_ops::done(call, co_await call.services.audit->remove_before(
                                         call.caller.now_ms - kKeptMs, undelivered));
  }
};

}  // namespace

COFFER_OPERATION(coffer, RemoveExpiredEvents);

}  // namespace coffer::api
