// The circumstances of a request, as policies see them. Source: Service Authorization Reference,
// "Condition keys for Amazon S3" (signature and transport); IAM User Guide, "AWS global condition
// context keys".
#include "api/exchange.h"

namespace coffer::api {
namespace {

// version_of answers the signature's version as policies name it.
std::string version_of(const protocol::SignedRequest& signature) {
  return signature.version == protocol::SignatureVersion::k2 ? "AWS" : "AWS4-HMAC-SHA256";
}

// Names are a service's condition keys of the signature and the connection.
struct Names {
  std::string_view version, type, age, content, tls;
};
constexpr Names kGeneral{"s3:signatureversion", "s3:authtype", "s3:signatureage",
                         "s3:x-amz-content-sha256", "s3:tlsversion"};
constexpr Names kDirectory{"s3express:signatureversion", "s3express:authtype",
                           "s3express:signatureage", "s3express:x-amz-content-sha256",
                           "s3express:tlsversion"};

void set_signature_conditions(authz::ConditionValues& conditions, const Exchange& exchange,
                              const Names& names, UnixMs wall_ms) {
  const auto& signature = exchange.caller.signature;
  if (!signature) return;
  conditions.set(names.version, version_of(*signature));
  conditions.set(names.type, signature->posted      ? "POST"
                             : signature->presigned ? "REST-QUERY-STRING"
                                                    : "REST-HEADER");
  // Version 2 tells when a signature ends, not when it was made.
  if (signature->version == protocol::SignatureVersion::k4)
    conditions.set(names.age,
                   std::to_string(std::max<int64_t>(wall_ms - signature->signed_at_ms, 0)));
  if (!signature->payload_hash.empty()) conditions.set(names.content, signature->payload_hash);
}

}  // namespace

void fill_context(Exchange& exchange, const Surroundings& at) {
  authz::RequestContext& context = exchange.context;
  const net::Request& request = exchange.request;
  const bool inside = exchange.insider.has_value();
  iam::Authenticated& who = inside ? exchange.insider->who : exchange.caller.who;
  context.principal = std::move(who.principal);
  context.policies = std::move(who.policies);
  context.region = at.regions.own;
  if (exchange.service->service == Service::kKms && exchange.caller.signature)
    context.region = exchange.caller.signature->scope.region;
  context.request_id = exchange.request_id;
  context.source_ip = inside ? exchange.insider->invoked_by : request.peer.ip;
  context.user_agent = request.headers.get("user-agent");
  context.now_ms = at.business_ms;
  context.secure_transport = inside || request.peer.tls;
  if (exchange.caller.signature) context.signature_version = version_of(*exchange.caller.signature);
  context.tls_version = request.peer.tls_version;
  context.cipher_suite = request.peer.cipher_suite;
  context.host = request.headers.get("host");

  if (inside)
    for (auto& [name, value] : exchange.insider->conditions)
      context.conditions.set(name, std::move(value));

  const bool has_account = !context.principal.account.empty();
  if (has_account && !at.organization_id.empty())
    context.conditions.set("aws:principalorgid", at.organization_id);
  if (const auto referer = request.headers.find("referer"))
    context.conditions.set("aws:referer", std::string(*referer));
  if (exchange.service->family != Family::kRest) return;
  const Names& names = is_directory_bucket(exchange.rest.bucket) ? kDirectory : kGeneral;
  set_signature_conditions(context.conditions, exchange, names, at.wall_ms);
  if (context.tls_version.starts_with("TLSv"))
    context.conditions.set(names.tls, context.tls_version.substr(4));
}

}  // namespace coffer::api
