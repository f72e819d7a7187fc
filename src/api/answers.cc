#include "api/answers.h"

#include "api/error_status.h"
#include "base/log.h"

namespace coffer::api {
namespace {

std::string_view content_type(Family family) {
  switch (family) {
    case Family::kJson:
      return "application/x-amz-json-1.1";
    case Family::kQuery:
      return "text/xml";
    case Family::kRest:
      break;
  }
  return "application/xml";
}

Bytes error_document(const Exchange& exchange, const Error& error, int status) {
  switch (exchange.service->family) {
    case Family::kJson:
      return protocol::encode_json_error(error);
    case Family::kQuery:
      return protocol::encode_query_error(error, exchange.service->xml_namespace, status < 500,
                                          exchange.request_id);
    case Family::kRest:
      break;
  }
  if (exchange.service->service == Service::kS3Control)
    return protocol::encode_s3control_error(error, exchange.request_id, exchange.host_id);
  return protocol::encode_s3_error(error, "", exchange.request_id, exchange.host_id);
}

}  // namespace

void add_identity(net::Headers& headers, const Exchange& exchange) {
  headers.add("Server", "Coffer");
  if (exchange.service->family == Family::kRest) {
    headers.add("x-amz-request-id", exchange.request_id);
    headers.add("x-amz-id-2", exchange.host_id);
  } else {
    headers.add("x-amzn-RequestId", exchange.request_id);
  }
}

net::Response answer(const Exchange& exchange, ServiceCall& call) {
  net::Response out;
  out.status = call.status.value_or(exchange.op->spec.status_ok);
  out.headers = std::move(call.headers);
  add_identity(out.headers, exchange);
  out.body = call.take_answer();
  out.producer = std::move(call.producer);
  out.content_length = call.content_length;
  const bool typed = exchange.service->family == Family::kJson || !out.body.empty();
  if (typed && !out.headers.find("content-type"))
    out.headers.add("Content-Type", std::string(content_type(exchange.service->family)));
  return out;
}

net::Response answer_error(const Exchange& exchange, Error error, const net::Headers* more) {
  error = in_words_of(exchange.service->service, std::move(error));
  net::Response out;
  out.status = status_of(exchange.service->service, error.code);
  if (out.status >= 500 && out.status != 501)
    log::warn("api.fault",
              {{"request_id", exchange.request_id},
               {"operation", exchange.op ? std::string(exchange.op->spec.name) : std::string()},
               {"code", error.code}});
  if (more) out.headers = *more;
  out.headers.erase("content-type");
  add_identity(out.headers, exchange);
  if (exchange.head() || out.status == 304) return out;
  out.headers.add("Content-Type", std::string(content_type(exchange.service->family)));
  out.body = error_document(exchange, error, out.status);
  return out;
}

}  // namespace coffer::api
