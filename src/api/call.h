#pragma once
// Call is one request on its way through an operation: who asks, what was sent, what will be
// answered, and the services at hand.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audit/log.h"
#include "authz/engine.h"
#include "base/clock.h"
#include "base/random.h"
#include "net/http.h"
#include "protocol/codec.h"

namespace coffer::kms {
class KeyService;
}
namespace coffer::iam {
class Iam;
}
namespace coffer::s3 {
class S3;
}
namespace coffer::admin {
class Admin;
}
namespace coffer::audit {
class Trails;
}

namespace coffer::api {

// Services are what operations work with; made once by server/, alive until every loop has stopped.
struct Services {
  kms::KeyService* kms = nullptr;
  iam::Iam* iam = nullptr;
  s3::S3* s3 = nullptr;
  admin::Admin* admin = nullptr;
  audit::Log* audit = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  WorkPool* pool = nullptr;
  std::string region;  // of this server
  std::string first_account;
  std::string store_id;
  UnixMs started_ms = 0;
  audit::Trails* trails = nullptr;  // null: none are kept
  // deliver_trail puts what is pending of a trail into its bucket at once; by jobs/.
  std::function<Task<Status>(std::string account, std::string trail)> deliver_trail;
};

// ObjectBody is the body of a streaming request after its transfer encodings: aws-chunked removed,
// chunk signatures and the payload hash verified on the way. The end is reached only where every
// check passed.
class ObjectBody : public net::BodySource {
 public:
  // decoded_length is what the object will have, as announced (Content-Length or
  // x-amz-decoded-content-length).
  virtual std::optional<uint64_t> decoded_length() const = 0;
  // trailer answers a trailing header, lower-case name; valid after the end.
  virtual std::optional<std::string> trailer(std::string_view name) const = 0;
  // announced_trailer is the x-amz-trailer header's value, in lower case.
  virtual std::string announced_trailer() const = 0;
};

class Call {
 public:
  Call(Services& services, const net::Request& request, authz::RequestContext& caller,
       audit::Draft& draft, authz::DenialStyle style)
      : services(services), request(request), caller(caller), draft(draft), denial_style(style) {}
  virtual ~Call() = default;

  Services& services;
  const net::Request& request;
  authz::RequestContext& caller;
  audit::Draft&
      draft;  // of this call; a service that commits a change adds draft.row() to its batch
  authz::DenialStyle denial_style;
  std::vector<authz::Decision> decisions;
  ObjectBody* body = nullptr;  // of an operation that streams its request

  // What the operation may add to its answer.
  std::optional<int> status;  // instead of spec.status_ok
  net::Headers headers;
  std::unique_ptr<net::BodyProducer> producer;  // of an operation that streams its answer
  std::optional<uint64_t> content_length;
  bool nothing_done = false;  // background work that found nothing due: not put on record

  // decode and encode are the protocol's; they are set by the dispatcher.
  virtual Status decode(protocol::Shape shape, void* into) = 0;
  virtual Result<Unit> encode(protocol::Shape shape, const void* from) = 0;
};

}  // namespace coffer::api
