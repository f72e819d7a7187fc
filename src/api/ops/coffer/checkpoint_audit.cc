// CheckpointAudit names the audit log's last record in a signed document: kept elsewhere, it tells
// VerifyAudit whether the log still holds everything up to there.
#include "api/ops/coffer/operator.h"
#include "audit/checkpoint.h"
#include "audit/trails.h"

namespace coffer::api {
namespace {

struct CheckpointAudit {
  struct Input {};
  struct Output {
    std::string checkpoint;  // JSON
  };

  static constexpr OpSpec spec{
      .service = Service::kCoffer, .name = "CheckpointAudit", .read_only = true};
  static constexpr auto input = fields();
  static constexpr auto output = fields(body<&Output::checkpoint>("Checkpoint"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "CheckpointAudit");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    if (!call.services.trails) co_return internal_error("no trails are kept here");
    CO_TRY(audit::Checkpoint point, co_await call.services.audit->checkpoint());
    point.time_ms = call.caller.now_ms;
    CO_TRY(std::string document,
           co_await audit::sign_checkpoint(call.services.trails->signers(), point));
    co_return Output{std::move(document)};
  }
};

}  // namespace

COFFER_OPERATION(coffer, CheckpointAudit);

}  // namespace coffer::api
