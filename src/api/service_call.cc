#include "api/service_call.h"

namespace coffer::api {

// AWS Organizations has a code of its own for what it cannot read.
static Status in_words_of(Service service, Status decoded) {
  if (service == Service::kOrganizations && !decoded.ok() &&
      decoded.error().code == "ValidationException")
    decoded.error().code = "InvalidInputException";
  return decoded;
}

Status ServiceCall::decode(protocol::Shape shape, void* into) {
  switch (exchange_.service->family) {
    case Family::kJson:
      return in_words_of(exchange_.service->service,
                         protocol::decode_json(exchange_.body, shape, into));
    case Family::kQuery:
      return protocol::decode_query(exchange_.form, shape, into);
    case Family::kRest:
      break;
  }
  protocol::RestParts parts;
  const RestTarget& target = exchange_.rest;
  if (!target.bucket.empty()) parts.labels.emplace("Bucket", target.bucket);
  if (!target.key.empty()) parts.labels.emplace("Key", target.key);
  parts.query = target.query;
  parts.headers = &exchange_.meant().headers;
  parts.body = exchange_.body;
  return protocol::decode_rest(parts, shape, into);
}

Result<Unit> ServiceCall::encode(protocol::Shape shape, const void* from) {
  const ServiceInfo& service = *exchange_.service;
  const OpSpec& spec = exchange_.op->spec;
  switch (service.family) {
    case Family::kJson:
      if (!shape.empty()) answer_ = protocol::encode_json(shape, from);
      return Unit{};
    case Family::kQuery:
      answer_ = protocol::encode_query(spec.name, service.xml_namespace, shape, from,
                                       exchange_.request_id, !spec.output_root.empty());
      return Unit{};
    case Family::kRest:
      break;
  }
  protocol::RestAnswer answer =
      protocol::encode_rest(spec.output_root, service.xml_namespace, shape, from);
  headers.append(std::move(answer.headers));
  answer_ = std::move(answer.body);
  return Unit{};
}

}  // namespace coffer::api
