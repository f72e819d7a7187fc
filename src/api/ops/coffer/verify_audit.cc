// VerifyAudit walks the audit log's whole chain and holds it against checkpoints that were kept
// elsewhere: records edited, exchanged or removed, and an end that was cut off, are found.
#include "api/ops/coffer/operator.h"
#include "audit/checkpoint.h"
#include "audit/trails.h"

namespace coffer::api {
namespace {

struct VerifyAudit {
  struct Input {
    std::optional<std::vector<std::string>> checkpoints;  // documents of CheckpointAudit
  };
  struct Output {
    bool sound = false;
    std::optional<std::string> damage;
    std::optional<int64_t> records;  // that the log ever had
    int64_t checkpoints = 0;
  };

  static constexpr OpSpec spec{.service = Service::kCoffer,
                               .name = "VerifyAudit",
                               .body_bytes_max = 1 << 20,
                               .read_only = true};
  static constexpr auto input = fields(body<&Input::checkpoints>("Checkpoints", {.max = 100}));
  static constexpr auto output =
      fields(body<&Output::sound>("Sound"), body<&Output::damage>("Damage"),
             body<&Output::records>("Records"), body<&Output::checkpoints>("CheckpointsHeld"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "VerifyAudit");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    if (!call.services.trails) co_return internal_error("no trails are kept here");
    std::vector<audit::Checkpoint> points;
    for (const std::string& document : in->checkpoints.value_or(std::vector<std::string>())) {
      auto point = audit::open_checkpoint(call.services.trails->signers(), document);
      if (!point.ok()) co_return Output{.damage = point.error().message};
      points.push_back(*point);
    }
    const auto count = static_cast<int64_t>(points.size());
    auto verified = co_await call.services.audit->verify(std::move(points));
    if (verified.ok()) co_return Output{true, std::nullopt, static_cast<int64_t>(*verified), count};
    if (verified.error().code != "AuditLogDamaged") co_return std::move(verified.error());
    co_return Output{.damage = verified.error().message};
  }
};

}  // namespace

COFFER_OPERATION(coffer, VerifyAudit);

}  // namespace coffer::api
