#pragma once
// Exchange is everything the dispatcher learns of one request, in the order in which it learns it.
#include "api/authentication.h"
#include "api/buffered_body.h"
#include "api/form_upload.h"
#include "api/router.h"

namespace coffer::api {

// Insider is a caller whose identity rests on no signature: the operator at the admin socket, or
// background work.
struct Insider {
  iam::Authenticated who;
  std::string invoked_by;                                            // as the trail has it
  std::vector<std::pair<std::string, std::string>> conditions = {};  // "aws:SourceArn", …
};

struct Exchange {
  Exchange(const net::Request& request, net::BodySource& source)
      : request(request), source(source) {}

  const net::Request& request;
  net::BodySource& source;
  std::optional<Insider> insider;

  Protocol protocol;
  const ServiceInfo* service = &info_of(Service::kS3);
  std::string request_id, host_id;

  RestTarget rest;      // restXml
  protocol::Form form;  // awsQuery
  const OpEntry* op = nullptr;
  bool authenticated = false;
  Caller caller;
  authz::RequestContext context;
  std::optional<BodyShare> share;      // of the memory for buffered bodies
  Bytes body;                          // of a buffered operation
  std::optional<PayloadPlan> payload;  // of one that streams its request
  std::unique_ptr<FormUpload> upload;  // of one that comes as a form

  bool head() const { return request.method == "HEAD"; }
  // meant is the request that the operation sees: of a form, what its fields say.
  const net::Request& meant() const { return upload ? upload->request() : request; }
};

// fill_context writes down who asks and how the request came.
struct Surroundings {
  const Regions& regions;
  std::string organization_id;
  UnixMs wall_ms, business_ms;
};
void fill_context(Exchange& exchange, const Surroundings& at);

}  // namespace coffer::api
