#include "api/dispatcher.h"

#include <cstring>

#include "api/answers.h"
#include "api/buffered_body.h"
#include "api/cors.h"
#include "api/directory_gate.h"
#include "api/error_status.h"
#include "api/recording.h"
#include "api/request_id.h"
#include "base/encoding.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "iam/iam.h"

namespace coffer::api {
namespace {

constexpr size_t kUnknownJsonBytesMax = 64 * 1024;  // of an operation we do not have
constexpr size_t kQueryBytesMax = 1 << 20;          // a policy of 128 KiB, escaped twice over

// Place counts a request under way for as long as it lives.
class Place {
 public:
  explicit Place(std::atomic<size_t>& count)
      : count_(count), now_(count.fetch_add(1, std::memory_order_relaxed) + 1) {}
  ~Place() { count_.fetch_sub(1, std::memory_order_relaxed); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  size_t now() const { return now_; }

 private:
  std::atomic<size_t>& count_;
  const size_t now_;
};

// HeldBody is a body that lies in memory.
class HeldBody final : public net::BodySource {
 public:
  explicit HeldBody(ByteView bytes) : left_(bytes) {}
  Task<Result<size_t>> read(MutableBytes out) override {
    const size_t n = std::min(out.size(), left_.size());
    std::memcpy(out.data(), left_.data(), n);
    left_.remove_prefix(n);
    co_return n;
  }
  std::optional<uint64_t> length() const override { return left_.size(); }

 private:
  ByteView left_;
};

std::string form_value(const protocol::Form& form, std::string_view name) {
  for (const auto& [n, v] : form)
    if (n == name) return v;
  return {};
}

// Routes look at real headers: a copy whose source stands in the query would run as an upload.
Status refuse_hoisted_source(const RestTarget& target) {
  for (const auto& [name, value] : target.query)
    if (iequals(name, "x-amz-copy-source"))
      return Error{"InvalidArgument", "x-amz-copy-source is a header, not a query parameter."}
          .with("ArgumentName", name)
          .with("ArgumentValue", value);
  return ok_status();
}

// guarded_handle turns an exception of the operation into our fault.
Task<Result<Unit>> guarded_handle(const OpEntry& op, Call& call) {
  std::string what;
  try {
    co_return co_await op.handle(call);
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
    what = "unknown exception";
  }
  co_return internal_error(fmt::format("{}: {}", op.spec.name, what));
}

}  // namespace

net::Request json_request(std::string target) {
  net::Request out;
  out.method = "POST";
  out.target = "/";
  out.headers.add("X-Amz-Target", std::move(target));
  out.headers.add("Content-Type", "application/x-amz-json-1.1");
  return out;
}

Dispatcher::Dispatcher(Services& services, const iam::Authenticator& authenticator, Options options)
    : services_(services),
      authenticator_(authenticator),
      options_(std::move(options)),
      router_(options_.operations, options_.domains),
      body_budget_(options_.body_bytes_budget),
      client_errors_(Counters::process().at("responses_4xx_total")),
      server_errors_(Counters::process().at("responses_5xx_total")),
      slow_downs_(Counters::process().at("slow_downs_total")) {
  static constexpr std::string_view kNames[] = {"s3",  "s3control",     "kms",        "iam",
                                                "sts", "organizations", "cloudtrail", "coffer"};
  for (size_t i = 0; i < requests_.size(); ++i)
    requests_[i] = &Counters::process().at(fmt::format("{}_requests_total", kNames[i]));
}

Task<net::Response> Dispatcher::serve(const net::Request& request, net::BodySource& source) {
  Exchange exchange(request, source);
  Outcome outcome = co_await run(exchange);
  co_return std::move(outcome.response);
}

Task<net::Response> Dispatcher::serve_operator(const net::Request& request,
                                               net::BodySource& source) {
  Exchange exchange(request, source);
  exchange.insider = Insider{authenticator_.root_of(services_.first_account), "operator"};
  Outcome outcome = co_await run(exchange);
  co_return std::move(outcome.response);
}

Task<Result<net::Response>> Dispatcher::call_as(authz::Principal principal, net::Request request,
                                                Bytes body, Conditions conditions) {
  request.content_length = body.size();
  if (!request.headers.find("user-agent")) request.headers.add("User-Agent", "coffer");
  HeldBody source(body);
  Exchange exchange(request, source);
  std::string name = principal.name;
  exchange.insider =
      Insider{{std::move(principal), {}, nullptr}, std::move(name), std::move(conditions)};
  Outcome outcome = co_await run(exchange);
  if (outcome.error) co_return std::move(*outcome.error);
  co_return std::move(outcome.response);
}

void Dispatcher::name_exchange(Exchange& exchange) {
  exchange.protocol = router_.protocol_of(exchange.request);
  if (exchange.protocol.service) {
    exchange.service = &info_of(*exchange.protocol.service);
  } else {
    exchange.service =
        &info_of(exchange.protocol.family == Family::kJson ? Service::kKms
                                                           : Service::kIam);  // for the words' form
  }
  if (exchange.protocol.family == Family::kRest) {
    exchange.request_id = s3_request_id(*services_.random);
    exchange.host_id = s3_host_id(*services_.random);
  } else {
    exchange.request_id = uuid_request_id(*services_.random);
  }
}

Task<Dispatcher::Outcome> Dispatcher::run(Exchange& exchange) {
  const Place place(under_way_);
  name_exchange(exchange);
  const bool shut = closed_.load(std::memory_order_relaxed);
  if (shut || (place.now() > options_.requests_max && !exchange.insider)) {
    slow_downs_.fetch_add(1, std::memory_order_relaxed);
    Error error = shut ? Error{"ServiceUnavailable", "Please reduce your request rate."}
                       : Error{"SlowDown", "Please reduce your request rate."};
    net::Response response = answer_error(exchange, error);
    co_return Outcome{std::move(response), std::move(error)};
  }
  if (exchange.protocol.service == Service::kS3 && exchange.request.method == "OPTIONS")
    co_return answer_preflight(exchange);
  exchange.share.emplace(exchange.insider ? nullptr : &body_budget_);
  Status prepared = co_await prepare(exchange);
  if (!prepared.ok() && (!exchange.authenticated || !exchange.op)) {
    if (!exchange.authenticated)
      record_stranger(*services_.audit, exchange, prepared.error(), services_.clock->business_ms());
    net::Response response = answer_error(exchange, prepared.error());
    add_cors(services_, exchange, response);
    count(exchange, response);
    co_return Outcome{std::move(response), std::move(prepared.error())};
  }
  Outcome outcome = co_await perform(exchange, std::move(prepared));
  add_cors(services_, exchange, outcome.response);
  count(exchange, outcome.response);
  co_return outcome;
}

Dispatcher::Outcome Dispatcher::answer_preflight(Exchange& exchange) {
  const auto answered = [&]() -> Result<net::Response> {
    TRY(exchange.rest, router_.split_rest(exchange.request));
    return preflight(services_, exchange.request, exchange.rest);
  };
  auto asked = answered();
  net::Response response = asked ? std::move(*asked) : answer_error(exchange, asked.error());
  if (asked) add_identity(response.headers, exchange);
  count(exchange, response);
  return Outcome{std::move(response),
                 asked ? std::nullopt : std::optional<Error>(std::move(asked.error()))};
}

void Dispatcher::count(const Exchange& exchange, const net::Response& response) {
  requests_[static_cast<size_t>(exchange.service->service)]->fetch_add(1,
                                                                       std::memory_order_relaxed);
  if (response.status >= 500) {
    server_errors_.fetch_add(1, std::memory_order_relaxed);
  } else if (response.status >= 400) {
    client_errors_.fetch_add(1, std::memory_order_relaxed);
  }
}

Task<Status> Dispatcher::prepare(Exchange& exchange) {
  switch (exchange.protocol.family) {
    case Family::kJson:
      return prepare_json(exchange);
    case Family::kQuery:
      return prepare_query(exchange);
    case Family::kRest:
      break;
  }
  return prepare_rest(exchange);
}

// Strangers have no body read: what the headers alone can refuse is refused before.
Status Dispatcher::vet(const Exchange& exchange) const {
  if (exchange.insider) return ok_status();
  const Gate gate{authenticator_, options_.regions, services_.clock->wall_ms(),
                  services_.clock->business_ms()};
  TRY_OK(presented(gate, *exchange.service, exchange.request, {}));
  return ok_status();
}

Status Dispatcher::identify(Exchange& exchange, std::string_view body_sha256_hex) {
  const Surroundings at{options_.regions,
                        services_.iam ? services_.iam->organization_id() : std::string(),
                        services_.clock->wall_ms(), services_.clock->business_ms()};
  if (!exchange.insider) {
    const Gate gate{
        authenticator_, options_.regions, at.wall_ms, at.business_ms,
        exchange.rest.virtual_hosted ? std::string_view(exchange.rest.bucket) : std::string_view()};
    TRY(exchange.caller,
        exchange.upload ? authenticate_form(gate, *exchange.service, exchange.upload->signature())
                        : authenticate(gate, *exchange.service, exchange.request, body_sha256_hex));
  }
  exchange.authenticated = true;
  fill_context(exchange, at);
  return ok_status();
}

Task<Status> Dispatcher::prepare_rest(Exchange& exchange) {
  if (exchange.service->service == Service::kS3Control) {
    CO_TRY_OK(identify(exchange, {}));
    co_return Error{"NotImplemented",
                    "A header you provided implies functionality that is not implemented"}
        .with("Header", "x-amz-account-id");
  }
  CO_TRY(exchange.rest, router_.split_rest(exchange.request));
  if (const OpEntry* form = router_.find_form(exchange.request, exchange.rest))
    co_return co_await prepare_form(exchange, *form);
  CO_TRY_OK(identify(exchange, {}));
  const auto& signature = exchange.caller.signature;
  if (signature && signature->presigned) CO_TRY_OK(refuse_hoisted_source(exchange.rest));
  CO_TRY(exchange.op, router_.find_rest(exchange.request, exchange.rest,
                                        signature ? signature->scope.service : std::string_view{}));
  CO_TRY_OK(check_directory_request(exchange));
  co_return co_await read_rest_body(exchange);
}

// A form is signed in its fields: they are read, at most 20 KB, before anyone is known.
Task<Status> Dispatcher::prepare_form(Exchange& exchange, const OpEntry& op) {
  exchange.op = &op;
  exchange.rest.query.clear();
  CO_TRY(exchange.upload, co_await FormUpload::read(exchange.request, exchange.source));
  exchange.rest.key = exchange.upload->key();
  CO_TRY_OK(identify(exchange, {}));
  CO_TRY_OK(check_directory_request(exchange));
  co_return exchange.upload->check_policy(exchange.rest.bucket, services_.clock->wall_ms());
}

Task<Status> Dispatcher::read_rest_body(Exchange& exchange) {
  const OpSpec& spec = exchange.op->spec;
  const protocol::SignedRequest* signature =
      exchange.caller.signature ? &*exchange.caller.signature : nullptr;
  CO_TRY(PayloadPlan plan,
         plan_payload(exchange.request, signature, exchange.caller.who.signing_key));
  if (spec.streams != Streams::kRequest) {
    CO_TRY(exchange.body, co_await read_checked(exchange.request, exchange.source, std::move(plan),
                                                {spec.body_bytes_max, spec.checksum_required,
                                                 spec.checksum_of_object},
                                                *exchange.share));
    co_return ok_status();
  }
  if (!plan.decoded_length && spec.route.method == Method::kPut)
    co_return Error{"MissingContentLength", "You must provide the Content-Length HTTP header."};
  exchange.payload = std::move(plan);
  co_return ok_status();
}

Task<Status> Dispatcher::prepare_json(Exchange& exchange) {
  const Error unknown{"UnknownOperationException", ""};
  if (!exchange.protocol.service) co_return unknown;
  exchange.op = router_.find_named(*exchange.protocol.service, exchange.protocol.operation);
  const size_t bytes_max = exchange.op ? exchange.op->spec.body_bytes_max : kUnknownJsonBytesMax;
  CO_TRY_OK(vet(exchange));
  CO_TRY(exchange.body,
         co_await read_all(exchange.request, exchange.source, bytes_max, *exchange.share));
  CO_TRY_OK(
      identify(exchange, exchange.insider ? std::string() : crypto::sha256_hex(exchange.body)));
  if (!exchange.op) co_return unknown;
  co_return ok_status();
}

Task<Status> Dispatcher::prepare_query(Exchange& exchange) {
  const bool posted = exchange.request.method == "POST";
  auto service = query_service_of_scope(protocol::scope_service(exchange.request));
  if (service) exchange.service = &info_of(*service);
  // A scope of no query service is refused in any case: in the words of the service that the body
  // names.
  const Status vetted = vet(exchange);
  const bool foreign = !service && !protocol::scope_service(exchange.request).empty();
  if (!vetted.ok() && !foreign) co_return vetted.error();
  const size_t bytes_max = foreign ? kUnknownJsonBytesMax : kQueryBytesMax;
  CO_TRY(exchange.body,
         co_await read_all(exchange.request, exchange.source, bytes_max, *exchange.share));
  CO_TRY(exchange.form, protocol::parse_form(posted ? std::string_view(exchange.body)
                                                    : exchange.request.raw_query()));
  const std::string action = form_value(exchange.form, "Action"),
                    version = form_value(exchange.form, "Version");
  if (!service) service = query_service_of_version(version);
  if (service) {
    exchange.service = &info_of(*service);
    exchange.op = router_.find_named(*service, action);
  }
  CO_TRY_OK(
      identify(exchange, exchange.insider ? std::string() : crypto::sha256_hex(exchange.body)));
  if (action.empty())
    co_return Error{"MissingAction", "The request must contain the parameter Action."};
  if (!exchange.op)
    co_return Error{"InvalidAction",
                    fmt::format("Could not find operation {} for version {}", action, version)};
  if (exchange.body.size() > exchange.op->spec.body_bytes_max)
    co_return Error{"RequestEntityTooLarge", "The request entity is too large."};
  co_return ok_status();
}

Task<Dispatcher::Outcome> Dispatcher::perform(Exchange& exchange, Status read) {
  audit::Draft draft(*services_.audit, begin_record(exchange));
  ServiceCall call(services_, exchange, draft);
  std::optional<PayloadBody> body;
  std::optional<FormBody> file;
  if (exchange.payload) call.body = &body.emplace(exchange.source, std::move(*exchange.payload));
  if (exchange.upload) call.body = &file.emplace(exchange.source, *exchange.upload);
  std::optional<Error> error;
  if (!read.ok()) {
    error = std::move(read.error());
  } else if (Result<Unit> handled = co_await guarded_handle(*exchange.op, call); !handled.ok()) {
    error = std::move(handled.error());
  }
  if (error) error = in_words_of(exchange.service->service, std::move(*error));
  const Status recorded =
      co_await finish_record(*services_.audit, exchange, call, error ? &*error : nullptr);
  if (!recorded.ok()) {
    error = recorded.error();
    call.producer.reset();
  }
  if (!error) co_return Outcome{answer(exchange, call), std::nullopt};
  net::Response response = answer_error(exchange, *error, &call.headers);
  co_return Outcome{std::move(response), std::move(error)};
}

}  // namespace coffer::api
