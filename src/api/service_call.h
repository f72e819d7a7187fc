#pragma once
// ServiceCall is the Call of every protocol: it decodes and encodes by the exchange's family.
#include "api/exchange.h"

namespace coffer::api {

class ServiceCall final : public Call {
 public:
  ServiceCall(Services& services, Exchange& exchange, audit::Draft& draft)
      : Call(services, exchange.meant(), exchange.context, draft, exchange.service->denial),
        exchange_(exchange) {}

  Status decode(protocol::Shape shape, void* into) override;
  Result<Unit> encode(protocol::Shape shape, const void* from) override;

  Bytes take_answer() { return std::move(answer_); }

 private:
  Exchange& exchange_;
  Bytes answer_;
};

}  // namespace coffer::api
