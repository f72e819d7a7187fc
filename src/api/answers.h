#pragma once
// The response of an exchange: headers that every answer has, and errors in the protocol's form.
#include "api/service_call.h"

namespace coffer::api {

// add_identity puts the server's name and the request's IDs into an answer.
void add_identity(net::Headers& headers, const Exchange& exchange);
net::Response answer(const Exchange& exchange, ServiceCall& call);
// `more`: headers that the operation set before it failed.
net::Response answer_error(const Exchange& exchange, Error error,
                           const net::Headers* more = nullptr);

}  // namespace coffer::api
