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

  // bucket_session is what the caller's credentials are; null: they are its own.
  const iam::BucketSession* bucket_session() const {
    return exchange_.caller.who.bucket_session.get();
  }

  Bytes take_answer() { return std::move(answer_); }

 private:
  Exchange& exchange_;
  Bytes answer_;
};

}  // namespace coffer::api
