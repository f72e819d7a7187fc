#include "api/error_status.h"

#include <algorithm>

namespace coffer::api {
namespace {

struct CodeStatus {
  std::string_view code;
  int status;
};

// Sorted by code. What is in no table is 400.
constexpr CodeStatus kS3[] = {
    {"AccessDenied", 403},
    {"AccessForbidden", 403},
    {"AccountProblem", 403},
    {"AllAccessDisabled", 403},
    {"BucketAlreadyExists", 409},
    {"BucketAlreadyOwnedByYou", 409},
    {"BucketNotEmpty", 409},
    {"ConditionalRequestConflict", 409},
    {"InternalError", 500},
    {"InvalidAccessKeyId", 403},
    {"InvalidBucketState", 409},
    {"InvalidObjectState", 403},
    {"InvalidPartNumber", 416},
    {"InvalidRange", 416},
    {"MethodNotAllowed", 405},
    {"MissingContentLength", 411},
    {"NotImplemented", 501},
    {"NotModified", 304},
    {"NotSupported", 501},
    {"ObjectLockConfigurationNotFoundError", 404},
    {"OperationAborted", 409},
    {"OwnershipControlsNotFoundError", 404},
    {"PermanentRedirect", 301},
    {"PreconditionFailed", 412},
    {"ReplicationConfigurationNotFoundError", 404},
    {"RequestTimeTooSkewed", 403},
    {"RestoreAlreadyInProgress", 409},
    {"ServerSideEncryptionConfigurationNotFoundError", 404},
    {"ServiceUnavailable", 503},
    {"SignatureDoesNotMatch", 403},
    {"SlowDown", 503},
    {"TemporaryRedirect", 307},
};

constexpr CodeStatus kJson[] = {
    {"DependencyTimeoutException", 503}, {"InternalFailure", 500},
    {"KMSInternalException", 500},       {"KeyUnavailableException", 500},
    {"RequestEntityTooLarge", 413},      {"ServiceUnavailableException", 503},
};

constexpr CodeStatus kQuery[] = {
    {"AccessDenied", 403},
    {"ConcurrentModification", 409},
    {"DeleteConflict", 409},
    {"EntityAlreadyExists", 409},
    {"EntityTemporarilyUnmodifiable", 409},
    {"ExpiredToken", 403},
    {"InternalFailure", 500},
    {"InvalidClientTokenId", 403},
    {"LimitExceeded", 409},
    {"MissingAuthenticationToken", 403},
    {"NoSuchEntity", 404},
    {"PolicyEvaluation", 500},
    {"RegionDisabledException", 403},
    {"RequestEntityTooLarge", 413},
    {"ServiceFailure", 500},
    {"ServiceUnavailable", 503},
    {"SignatureDoesNotMatch", 403},
};

constexpr bool by_code(const CodeStatus& a, const CodeStatus& b) { return a.code < b.code; }
static_assert(std::is_sorted(std::begin(kS3), std::end(kS3), by_code));
static_assert(std::is_sorted(std::begin(kJson), std::end(kJson), by_code));
static_assert(std::is_sorted(std::begin(kQuery), std::end(kQuery), by_code));

int find(std::span<const CodeStatus> table, std::string_view code) {
  auto it = std::lower_bound(table.begin(), table.end(), CodeStatus{code, 0}, by_code);
  return it != table.end() && it->code == code ? it->status : 400;
}

constexpr std::string_view kGeneral[] = {"InternalError", "ServiceUnavailable", "SlowDown"};

std::string_view name_in(Service service, std::string_view code) {
  const bool query = info_of(service).family == Family::kQuery;
  if (code == "InternalError") {
    if (service == Service::kKms) return "KMSInternalException";
    return service == Service::kIam ? "ServiceFailure" : "InternalFailure";
  }
  if (code == "ServiceUnavailable") {
    if (service == Service::kKms) return "DependencyTimeoutException";
    return query ? "ServiceUnavailable" : "ServiceUnavailableException";
  }
  return query ? "Throttling" : "ThrottlingException";
}

}  // namespace

int status_of(Service service, std::string_view code) {
  switch (info_of(service).family) {
    case Family::kJson:
      return find(kJson, code);
    case Family::kQuery:
      return find(kQuery, code);
    case Family::kRest:
      break;
  }
  return code.starts_with("NoSuch") ? 404 : find(kS3, code);
}

Error in_words_of(Service service, Error error) {
  if (info_of(service).family == Family::kRest) return error;
  if (std::find(std::begin(kGeneral), std::end(kGeneral), error.code) != std::end(kGeneral))
    error.code = name_in(service, error.code);
  return error;
}

}  // namespace coffer::api
