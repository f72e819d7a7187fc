#include "api/directory_gate.h"

#include <algorithm>

#include "api/bucket_session.h"
#include "api/service_call.h"

namespace coffer::api {
namespace {

// Access says how an operation serves directory buckets: not at all; as control of the bucket;
// reading or writing its data, which sessions are for; or with the caller's own credentials alone.
enum class Access : uint8_t { kNone, kControl, kRead, kWrite, kOwnCredentials };

struct Served {
  std::string_view operation;
  Access access;
};
constexpr Served kServed[] = {
    {"AbortMultipartUpload", Access::kWrite},
    {"CompleteMultipartUpload", Access::kWrite},
    {"CopyObject", Access::kOwnCredentials},
    {"CreateBucket", Access::kControl},
    {"CreateMultipartUpload", Access::kWrite},
    {"CreateSession", Access::kOwnCredentials},
    {"DeleteBucket", Access::kControl},
    {"DeleteBucketEncryption", Access::kControl},
    {"DeleteBucketPolicy", Access::kControl},
    {"DeleteObject", Access::kWrite},
    {"DeleteObjects", Access::kWrite},
    {"GetBucketEncryption", Access::kControl},
    {"GetBucketPolicy", Access::kControl},
    {"GetObject", Access::kRead},
    {"GetObjectAttributes", Access::kRead},
    {"HeadBucket", Access::kRead},
    {"HeadObject", Access::kRead},
    {"ListMultipartUploads", Access::kRead},
    {"ListObjectsV2", Access::kRead},
    {"ListParts", Access::kRead},
    {"PostObject", Access::kWrite},
    {"PutBucketEncryption", Access::kControl},
    {"PutBucketPolicy", Access::kControl},
    {"PutObject", Access::kWrite},
    {"RenameObject", Access::kWrite},
    {"UploadPart", Access::kWrite},
    {"UploadPartCopy", Access::kOwnCredentials},
};
constexpr bool by_operation(const Served& a, const Served& b) { return a.operation < b.operation; }
static_assert(std::is_sorted(std::begin(kServed), std::end(kServed), by_operation));

Access access_of(std::string_view operation) {
  const auto* found = std::lower_bound(std::begin(kServed), std::end(kServed),
                                       Served{operation, Access::kNone}, by_operation);
  return found != std::end(kServed) && found->operation == operation ? found->access
                                                                     : Access::kNone;
}

Error access_denied() { return {"AccessDenied", "Access Denied"}; }

// The codes of a plain connection and of Version 2 are (unverified): AWS has no such endpoint.
Status check_transport(const Exchange& exchange) {
  if (exchange.insider) return ok_status();
  if (!exchange.request.peer.tls)
    return Error{"InvalidRequest",
                 "Requests to directory buckets must be made over a secure connection."};
  const auto& signature = exchange.caller.signature;
  if (!signature) return access_denied();
  if (signature->version != protocol::SignatureVersion::k4)
    return Error{"InvalidRequest",
                 "The authorization mechanism you have provided is not supported. Please use "
                 "AWS4-HMAC-SHA256."};
  return ok_status();
}

Status check_session(const iam::BucketSession& session, const RestTarget& target, Access access) {
  if (session.bucket != target.bucket || access == Access::kOwnCredentials) return access_denied();
  if (access == Access::kControl && session.mode_named) return access_denied();
  const bool reads_only = session.mode == iam::SessionMode::kReadOnly;
  if (access == Access::kWrite && reads_only) return access_denied();
  return ok_status();
}

// A session speaks for its own mode; without one each request is what its operation takes.
std::string_view mode_of(const iam::BucketSession* session, Access access) {
  const bool reads_only = session && session->has_instance()
                              ? session->mode == iam::SessionMode::kReadOnly
                              : access == Access::kRead;
  return reads_only ? "ReadOnly" : "ReadWrite";
}

}  // namespace

Status check_directory_request(Exchange& exchange) {
  const iam::BucketSession* session = exchange.caller.who.bucket_session.get();
  const RestTarget& target = exchange.rest;
  if (!is_directory_bucket(target.bucket)) return session ? Status(access_denied()) : ok_status();
  TRY_OK(check_transport(exchange));
  const Access access = access_of(exchange.op->spec.name);
  if (access == Access::kNone)
    return Error{"NotSupported",
                 fmt::format("This bucket does not support {}.", exchange.op->spec.name)};
  if (exchange.meant().headers.find("content-md5"))
    return Error{"NotImplemented", "This bucket does not support Content Md5 header."};
  if (session) TRY_OK(check_session(*session, target, access));
  if (access != Access::kControl)
    exchange.context.conditions.set("s3express:SessionMode", std::string(mode_of(session, access)));
  return ok_status();
}

const iam::BucketSession* bucket_session(const Call& call) {
  const auto* served = dynamic_cast<const ServiceCall*>(&call);
  return served ? served->bucket_session() : nullptr;
}

}  // namespace coffer::api
