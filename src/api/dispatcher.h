#pragma once
// Dispatcher is the one front door: every request of every protocol, the operator's and background
// work included, passes
//
//   route -> authenticate -> read -> decode -> facts -> authorize -> run -> record -> answer.
//
// What is answered was recorded before (recording.h). Threads: any; a request stays on its own
// loop.
#include "api/exchange.h"
#include "base/counters.h"

namespace coffer::api {

class Dispatcher {
 public:
  struct Options {
    Regions regions;
    std::vector<std::string> domains;     // of virtual-hosted buckets
    size_t requests_max = 4096;           // under way, until their answer begins; over it SlowDown
    size_t body_bytes_budget = 64 << 20;  // of all buffered bodies together; over it SlowDown
    std::span<const OpEntry* const> operations = api::operations();
  };
  // `services` and `authenticator` outlive every call.
  Dispatcher(Services& services, const iam::Authenticator& authenticator, Options options);

  // serve answers a client's request.
  Task<net::Response> serve(const net::Request& request, net::BodySource& source);
  // serve_operator answers a request of the admin socket, whose peer was checked: the first
  // account's root asks, on record as "operator".
  Task<net::Response> serve_operator(const net::Request& request, net::BodySource& source);
  // call_as makes a request of the program's own as `principal`: authorized and recorded like any
  // other. `conditions`: on whose behalf a service calls (aws:SourceArn, aws:SourceAccount). The
  // error is the operation's.
  using Conditions = std::vector<std::pair<std::string, std::string>>;
  Task<Result<net::Response>> call_as(authz::Principal principal, net::Request request, Bytes body,
                                      Conditions conditions = {});

  // admit_nothing holds the door shut (true): what comes is answered ServiceUnavailable; for test
  // mode's reset. under_way counts what is left.
  void admit_nothing(bool closed) { closed_.store(closed); }
  size_t under_way() const { return under_way_.load(); }
  void set_domains(std::vector<std::string> domains) { router_.set_domains(std::move(domains)); }
  const Router& router() const { return router_; }

 private:
  struct Outcome {
    net::Response response;
    std::optional<Error> error;
  };
  Task<Outcome> run(Exchange& exchange);
  Task<Status> prepare(Exchange& exchange);
  Task<Status> prepare_rest(Exchange& exchange);
  Task<Status> prepare_form(Exchange& exchange, const OpEntry& op);
  Task<Status> prepare_json(Exchange& exchange);
  Task<Status> prepare_query(Exchange& exchange);
  Status vet(const Exchange& exchange) const;
  Status identify(Exchange& exchange, std::string_view body_sha256_hex);
  Task<Status> read_rest_body(Exchange& exchange);
  Task<Outcome> perform(Exchange& exchange, Status read);
  void name_exchange(Exchange& exchange);
  Outcome answer_preflight(Exchange& exchange);
  void count(const Exchange& exchange, const net::Response& response);

  Services& services_;
  const iam::Authenticator& authenticator_;
  const Options options_;
  Router router_;
  BodyBudget body_budget_;
  std::atomic<size_t> under_way_{0};
  std::atomic<bool> closed_{false};
  std::array<std::atomic<int64_t>*, 8> requests_;
  std::atomic<int64_t>&client_errors_, &server_errors_, &slow_downs_;
};

// json_request is an awsJson request as background work and the subcommands make it:
// json_request("Coffer.Status").
net::Request json_request(std::string target);

}  // namespace coffer::api
