#include "api/recording.h"

#include <algorithm>

#include "audit/trails.h"
#include "base/counters.h"
#include "base/encoding.h"
#include "base/log.h"
#include "s3/s3.h"

namespace coffer::api {
namespace {

constexpr int64_t kStrangerEveryMs = 1000;

// Headers that the trail shows; none of them can carry a key.
constexpr std::string_view kShownHeaders[] = {
    "x-amz-acl",
    "x-amz-bucket-object-lock-enabled",
    "x-amz-copy-source",
    "x-amz-create-session-mode",
    "x-amz-metadata-directive",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
};

// Hoisted headers keep their meaning in any case, and so does what they may carry.
bool is_credential(std::string_view name) {
  return iequals(name.substr(0, 6), "x-amz-") || iequals(name, "signature") ||
         iequals(name, "awsaccesskeyid");
}

void add_rest_parameters(const Exchange& exchange, audit::Event& event) {
  const RestTarget& target = exchange.rest;
  if (!target.bucket.empty()) event.request.push_back({"bucketName", target.bucket});
  event.request.push_back({"Host", std::string(exchange.request.headers.get("host"))});
  if (!target.key.empty()) event.request.push_back({"key", target.key});
  for (const auto& [name, value] : target.query)
    if (!is_credential(name)) event.request.push_back({name, value});
  for (std::string_view name : kShownHeaders)
    if (const auto value = exchange.meant().headers.find(name))
      event.request.push_back({std::string(name), std::string(*value)});
}

void add_rest_resources(const Exchange& exchange, audit::Event& event) {
  const RestTarget& target = exchange.rest;
  if (target.bucket.empty() || !event.resources.empty()) return;
  if (is_directory_bucket(target.bucket)) {  // the types' names are (unverified)
    const std::string arn = fmt::format("arn:aws:s3express:{}:{}:bucket/{}", event.region,
                                        event.recipient_account, target.bucket);
    if (!target.key.empty())
      event.resources.push_back({"", "AWS::S3Express::Object", arn + "/" + target.key});
    event.resources.push_back({"", "AWS::S3Express::DirectoryBucket", arn});
    return;
  }
  if (!target.key.empty())
    event.resources.push_back(
        {"", "AWS::S3::Object", fmt::format("arn:aws:s3:::{}/{}", target.bucket, target.key)});
  event.resources.push_back({"", "AWS::S3::Bucket", "arn:aws:s3:::" + target.bucket});
}

void add_rest_details(const Exchange& exchange, audit::Event& event) {
  if (const auto& signature = exchange.caller.signature) {
    const bool version2 = signature->version == protocol::SignatureVersion::k2;
    event.additional.push_back({"SignatureVersion", version2 ? "SigV2" : "SigV4"});
    // The name of a form's is (unverified).
    event.additional.push_back({"AuthenticationMethod", signature->posted      ? "PostForm"
                                                        : signature->presigned ? "QueryString"
                                                                               : "AuthHeader"});
  }
  if (!event.cipher_suite.empty()) event.additional.push_back({"CipherSuite", event.cipher_suite});
  event.additional.push_back({"x-amz-id-2", exchange.host_id});
}

std::string event_source(const Exchange& exchange) {
  if (exchange.service->service == Service::kS3 && is_directory_bucket(exchange.rest.bucket))
    return "s3express.amazonaws.com";
  return std::string(exchange.service->event_source);
}

audit::Event full_record(const Exchange& exchange) {
  const OpSpec& spec = exchange.op->spec;
  audit::Event event =
      audit::begin_event(exchange.context, event_source(exchange),
                         std::string(spec.event_name.empty() ? spec.name : spec.event_name));
  event.category = spec.data_event ? audit::Category::kData : audit::Category::kManagement;
  event.read_only = spec.read_only;
  if (exchange.insider) event.invoked_by = exchange.insider->invoked_by;
  if (exchange.service->family != Family::kRest) return event;
  if (!event.user_agent.empty()) event.user_agent = fmt::format("[{}]", event.user_agent);
  add_rest_parameters(exchange, event);
  add_rest_resources(exchange, event);
  add_rest_details(exchange, event);
  return event;
}

bool stays_bare(const Exchange& exchange) {
  return exchange.op->spec.data_event && exchange.op->spec.read_only;
}

// fill_bare completes the record of a refused read, keeping what the operation wrote into it.
void fill_bare(const Exchange& exchange, audit::Event& event) {
  audit::Event full = full_record(exchange);
  std::move(event.request.begin(), event.request.end(), std::back_inserter(full.request));
  std::move(event.additional.begin(), event.additional.end(), std::back_inserter(full.additional));
  if (!event.resources.empty()) full.resources = std::move(event.resources);
  event = std::move(full);
}

bool is_anonymous(const Call& call) {
  return call.caller.principal.type == authz::PrincipalType::kAnonymous;
}

// may_write_refusal counts a refusal of somebody unknown; true once in a while: nobody fills the
// trail without a key.
bool may_write_refusal(int64_t& so_far) {
  static std::atomic<int64_t>& refused = Counters::process().at("authentication_refused_total");
  static std::atomic<int64_t> written_ms{0};
  so_far = refused.fetch_add(1, std::memory_order_relaxed) + 1;
  const int64_t at = Clock::monotonic_ms();
  int64_t last = written_ms.load(std::memory_order_relaxed);
  if (last != 0 && at < last + kStrangerEveryMs) return false;
  return written_ms.compare_exchange_strong(last, at, std::memory_order_relaxed);
}

// record_anonymous notes a refused request that nobody signed: the query is the sender's to choose,
// and stays out.
void record_anonymous(audit::Log& log, const Exchange& exchange, Call& call, const Error& error) {
  int64_t so_far = 0;
  if (!may_write_refusal(so_far)) return;
  const OpSpec& spec = exchange.op->spec;
  audit::Event event =
      audit::begin_event(exchange.context, event_source(exchange),
                         std::string(spec.event_name.empty() ? spec.name : spec.event_name));
  event.category = spec.data_event ? audit::Category::kData : audit::Category::kManagement;
  event.read_only = spec.read_only;
  if (!exchange.rest.bucket.empty()) event.request.push_back({"bucketName", exchange.rest.bucket});
  if (!exchange.rest.key.empty()) event.request.push_back({"key", exchange.rest.key});
  add_rest_resources(exchange, event);
  add_rest_details(exchange, event);
  event.error_code = error.code;
  event.error_message = error.message;
  event.decisions = std::move(call.decisions);
  event.additional.push_back({"refusedSoFar", std::to_string(so_far), true});
  log.append_later(std::move(event));
}

// owner_of_bucket answers the account whose bucket a request is about; empty: nobody's.
std::string owner_of_bucket(const Exchange& exchange, const Call& call) {
  if (exchange.rest.bucket.empty() || !call.services.s3) return {};
  const auto bucket = call.services.s3->buckets().find(exchange.rest.bucket);
  return bucket ? bucket->value.owner : std::string();
}

// add_transfer tells what travelled, where that is known before the answer is sent.
void add_transfer(const Exchange& exchange, const Call& call, audit::Event& event) {
  if (exchange.service->family != Family::kRest) return;
  const uint64_t in = call.body && call.body->decoded_length()
                          ? *call.body->decoded_length()
                          : exchange.request.content_length.value_or(0);
  const uint64_t out = event.error_code.empty() ? call.content_length.value_or(0) : 0;
  event.additional.push_back({"bytesTransferredIn", std::to_string(in), true});
  event.additional.push_back({"bytesTransferredOut", std::to_string(out), true});
}

void complete(const Exchange& exchange, Call& call, const Error* error) {
  audit::Event& event = call.draft.event;
  if (stays_bare(exchange)) fill_bare(exchange, event);
  if (error) {
    event.error_code = error->code;
    event.error_message = error->message;
    event.response.clear();
  }
  add_transfer(exchange, call, event);
  const std::string owner = owner_of_bucket(exchange, call);
  for (audit::ResourceRef& ref : event.resources)
    if (ref.account.empty() && ref.type.ends_with("Bucket")) ref.account = owner;
  event.decisions = std::move(call.decisions);
}

struct DataTakers {
  std::string owner;  // of the bucket
  bool any = false;   // a trail may take what happens to its objects, or what the caller does
};

DataTakers takers_of(const Exchange& exchange, const Call& call) {
  DataTakers out;
  const audit::Trails* trails = call.services.trails;
  if (!trails || !trails->any_takes_data()) return out;
  out.owner = owner_of_bucket(exchange, call);
  out.any = trails->takes_data(out.owner) || trails->takes_data(exchange.context.principal.account);
  return out;
}

// record_data_event writes what trails take: for the caller's account, and for the bucket's owner a
// copy, joined by the shared event ID. A refusal is on record for the caller's account in any case.
Task<Status> record_data_event(audit::Log& log, audit::Event event, DataTakers takers,
                               const audit::Trails& trails) {
  const bool refused = !event.error_code.empty();
  const std::string caller = event.recipient_account;
  std::optional<audit::Event> copy;
  if (!takers.owner.empty() && takers.owner != caller) {
    copy = event;
    copy->recipient_account = takers.owner;
    if (!trails.takes(*copy)) copy.reset();
  }
  const bool own = refused || (!caller.empty() && trails.takes(event));
  if (copy && own && !caller.empty()) copy->shared_event_id = event.shared_event_id = log.new_id();
  if (copy) CO_TRY_OK(co_await log.append(std::move(*copy)));
  if (own) CO_TRY_OK(co_await log.append(std::move(event)));
  co_return ok_status();
}

}  // namespace

audit::Event begin_record(const Exchange& exchange) {
  return stays_bare(exchange) ? audit::Event{} : full_record(exchange);
}

Task<Status> finish_record(audit::Log& log, const Exchange& exchange, Call& call,
                           const Error* error) {
  audit::Event& event = call.draft.event;
  const OpSpec& spec = exchange.op->spec;
  const bool data = spec.data_event && !call.draft.used();
  const DataTakers takers = data ? takers_of(exchange, call) : DataTakers();
  if (!error && !call.draft.used() && ((spec.data_event && !takers.any) || call.nothing_done))
    co_return ok_status();
  if (error && is_anonymous(call) && !call.draft.used()) {
    record_anonymous(log, exchange, call, *error);
    co_return ok_status();
  }
  complete(exchange, call, error);
  if (call.draft.used()) {
    // The change is durable, and so is its row: a log that fails now is mended at the next start,
    // and the caller is told the truth.
    const Status drained = co_await log.drain(call.draft.partition(), std::move(event));
    if (!drained.ok())
      log::error("audit.drain_failed",
                 {{"request_id", exchange.request_id}, {"code", drained.error().code}});
    co_return ok_status();
  }
  if (takers.any)
    co_return co_await record_data_event(log, std::move(event), takers, *call.services.trails);
  if (spec.data_event) {
    log.append_later(std::move(event));
    co_return ok_status();
  }
  co_return co_await log.append(std::move(event));
}

void record_stranger(audit::Log& log, const Exchange& exchange, const Error& error, UnixMs now_ms) {
  int64_t so_far = 0;
  if (!may_write_refusal(so_far)) return;
  audit::Event event;
  event.time_ms = now_ms;
  event.source = exchange.service->event_source;
  event.name = exchange.op ? std::string(exchange.op->spec.name) : "Authenticate";
  event.source_ip = exchange.request.peer.ip;
  event.user_agent = exchange.request.headers.get("user-agent");
  event.host = exchange.request.headers.get("host");
  event.tls_version = exchange.request.peer.tls_version;
  event.cipher_suite = exchange.request.peer.cipher_suite;
  event.request_id = exchange.request_id;
  event.error_code = error.code;
  event.error_message = error.message;
  event.additional.push_back({"refusedSoFar", std::to_string(so_far), true});
  log.append_later(std::move(event));
}

}  // namespace coffer::api
