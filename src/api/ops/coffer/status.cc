// Status tells how the server is: for `coffer status`, scripts and monitors.
#include "api/ops/coffer/operator.h"
#include "base/counters.h"

namespace coffer::api {
namespace {

struct Status {
  struct Input {};
  struct Output {
    std::string store_id, region, account;
    protocol::Timestamp started, now;  // `now` is business time
    bool audit_healthy = false;
    int64_t audit_records = 0;
    std::map<std::string, int64_t> counters;
  };

  static constexpr OpSpec spec{.service = Service::kCoffer, .name = "Status", .read_only = true};
  static constexpr auto input = fields();
  static constexpr auto output =
      fields(body<&Output::store_id>("StoreId"), body<&Output::region>("Region"),
             body<&Output::account>("Account"), body<&Output::started>("Started"),
             body<&Output::now>("Now"), body<&Output::audit_healthy>("AuditHealthy"),
             body<&Output::audit_records>("AuditRecords"), body<&Output::counters>("Counters"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "Status");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    const Services& services = call.services;
    Output out{.store_id = services.store_id,
               .region = services.region,
               .account = services.first_account,
               .started = {services.started_ms},
               .now = {services.clock->business_ms()},
               .audit_healthy = services.audit->healthy(),
               .audit_records = static_cast<int64_t>(services.audit->records()),
               .counters = Counters::process().snapshot()};
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(coffer, Status);

}  // namespace coffer::api
