#include "server/pages.h"

#include "base/counters.h"
#include "base/encoding.h"
#include "base/log.h"
#include "server/instance.h"

namespace coffer::server {
namespace {

constexpr std::string_view kOurs = "/-/";
constexpr int64_t kAdvanceMax = 100ll * 365 * 24 * 3600;

net::Response text(int status, std::string body, std::string type = "text/plain; charset=utf-8") {
  net::Response out;
  out.status = status;
  out.headers.add("Server", "Coffer");
  out.headers.add("Content-Type", std::move(type));
  out.headers.add("Cache-Control", "no-store");
  out.body = std::move(body);
  return out;
}

net::Response advance(Instance& instance, std::string_view query) {
  constexpr std::string_view kName = "advance=";
  const auto seconds =
      query.starts_with(kName) ? parse_uint(query.substr(kName.size())) : std::nullopt;
  if (!seconds || *seconds > static_cast<uint64_t>(kAdvanceMax))
    return text(400, "POST /-/test/clock?advance=SECONDS\n");
  instance.advance_clock(static_cast<int64_t>(*seconds) * 1000);
  return text(200, iso8601(instance.clock().business_ms()) + "\n");
}

// A browser that visits a hostile page sends it no custom header, and a name that was rebound is no
// loopback host.
bool from_a_test(const net::Request& request) {
  std::string_view host = request.headers.get("host");
  host =
      host.starts_with("[") ? host.substr(1, host.find(']') - 1) : host.substr(0, host.find(':'));
  const bool near = host == "localhost" || host.ends_with(".localhost") ||
                    (is_loopback(std::string(host)) &&
                     host.find_first_not_of("0123456789.:") == std::string_view::npos);
  return near && request.headers.get("x-coffer-test") == "1";
}

Task<net::Response> test_page(Instance& instance, const net::Request& request) {
  const std::string_view path = request.raw_path();
  if (!from_a_test(request)) co_return text(403, "x-coffer-test: 1, and a loopback host\n");
  if (request.method != "POST") co_return text(405, "POST only\n");
  if (path == "/-/test/clock") co_return advance(instance, request.raw_query());
  if (path != "/-/test/reset") co_return text(404, "not found\n");
  const Status done = co_await instance.reset();
  if (done.ok()) co_return text(200, "reset\n");
  log::error("test.reset_failed", {{"code", done.error().code}, {"message", done.error().message}});
  co_return text(500, done.error().message + "\n");
}

Task<net::Response> our_page(Instance& instance, const net::Request& request) {
  const std::string_view path = request.raw_path();
  if (path == "/-/health/live") co_return text(200, "live\n");
  if (path == "/-/health/ready")
    co_return instance.ready() ? text(200, "ready\n") : text(503, "not ready\n");
  if (instance.config().test_mode && path.starts_with("/-/test/"))
    co_return co_await test_page(instance, request);
  co_return text(404, "not found\n");
}

// One line a figure. Source: Prometheus, "Exposition formats".
std::string metrics(Instance& instance) {
  std::string out;
  const auto gauge = [&](std::string_view name, int64_t value) {
    out += fmt::format("# TYPE coffer_{} gauge\ncoffer_{} {}\n", name, name, value);
  };
  for (const auto& [name, value] : Counters::process().snapshot()) {
    const bool total = name.ends_with("_total");
    out += fmt::format("# TYPE coffer_{} {}\ncoffer_{} {}\n", name, total ? "counter" : "gauge",
                       name, value);
  }
  gauge("connections", static_cast<int64_t>(instance.connections()));
  gauge("requests_under_way", static_cast<int64_t>(instance.dispatcher().under_way()));
  gauge("audit_healthy", instance.audit().healthy());
  gauge("ready", instance.ready());
  return out;
}

struct PublicPages {
  Instance* instance;
  Task<net::Response> operator()(const net::Request& request, net::BodySource& body) const {
    const bool ours = request.raw_path().starts_with(kOurs) &&
                      !instance->dispatcher().router().names_bucket(request.headers.get("host"));
    return ours ? our_page(*instance, request) : instance->dispatcher().serve(request, body);
  }
};

struct OperatorPages {
  Instance* instance;
  Task<net::Response> operator()(const net::Request& request, net::BodySource& body) const {
    return instance->dispatcher().serve_operator(request, body);
  }
};

struct MetricsPage {
  Instance* instance;
  Task<net::Response> operator()(const net::Request& request, net::BodySource&) const {
    if (request.raw_path() != "/metrics") co_return text(404, "not found\n");
    co_return text(200, metrics(*instance), "text/plain; version=0.0.4; charset=utf-8");
  }
};

}  // namespace

net::Handler public_handler(Instance& instance) { return PublicPages{&instance}; }
net::Handler operator_handler(Instance& instance) { return OperatorPages{&instance}; }
net::Handler metrics_handler(Instance& instance) {
  // What was never counted is 0, not absent: an alert on its growth sees the first time, too.
  for (const char* name : {"audit_records", "authentication_refused_total", "kms_calls_avoided"})
    Counters::process().at(name);
  return MetricsPage{&instance};
}

}  // namespace coffer::server
