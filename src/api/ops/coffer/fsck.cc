// Fsck checks the whole store while the server works: `coffer fsck` asks for it over the admin
// socket. It changes nothing.
#include "admin/admin.h"
#include "api/ops/coffer/operator.h"

namespace coffer::api {
namespace {

struct FindingView {
  std::string where, what;
  static constexpr auto shape() {
    return fields(body<&FindingView::where>("Where"), body<&FindingView::what>("What"));
  }
};

struct Fsck {
  struct Input {
    std::optional<bool> open;  // also decrypt what SSE-S3 protects
  };
  struct Output {
    bool clean = false;
    std::vector<FindingView> findings;
    std::vector<std::string> unjudged;
    std::string text;  // the report in lines
  };

  static constexpr OpSpec spec{.service = Service::kCoffer, .name = "Fsck", .read_only = true};
  static constexpr auto input = fields(body<&Input::open>("Open"));
  static constexpr auto output =
      fields(body<&Output::clean>("Clean"), body<&Output::findings>("Findings"),
             body<&Output::unjudged>("Unjudged"), body<&Output::text>("Text"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "Fsck");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    if (!call.services.admin) co_return internal_error("no administration here");
    CO_TRY(admin::FsckReport report,
           co_await call.services.admin->fsck({.open = in->open.value_or(false)}));
    Output out{.clean = report.clean(),
               .findings = {},
               .unjudged = report.unjudged,
               .text = admin::render(report)};
    for (admin::Finding& f : report.findings)
      out.findings.push_back({std::move(f.where), std::move(f.what)});
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(coffer, Fsck);

}  // namespace coffer::api
