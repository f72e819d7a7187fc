#include "api/error_status.h"

#include <gtest/gtest.h>

namespace coffer::api {
namespace {

TEST(ErrorStatus, IsByServiceAndCode) {
  const struct {
    Service service;
    const char* code;
    int status;
  } cases[] = {
      {Service::kS3, "NoSuchKey", 404},
      {Service::kS3, "NoSuchBucketPolicy", 404},
      {Service::kS3, "AccessDenied", 403},
      {Service::kS3, "BucketNotEmpty", 409},
      {Service::kS3, "MissingContentLength", 411},
      {Service::kS3, "PreconditionFailed", 412},
      {Service::kS3, "InvalidRange", 416},
      {Service::kS3, "NotImplemented", 501},
      {Service::kS3, "SlowDown", 503},
      {Service::kS3, "InternalError", 500},
      {Service::kS3, "KMS.DisabledException", 400},
      {Service::kS3, "InvalidToken", 400},
      {Service::kKms, "AccessDeniedException", 400},
      {Service::kKms, "NotFoundException", 400},
      {Service::kKms, "KMSInternalException", 500},
      {Service::kKms, "DependencyTimeoutException", 503},
      {Service::kIam, "NoSuchEntity", 404},
      {Service::kIam, "EntityAlreadyExists", 409},
      {Service::kIam, "MalformedPolicyDocument", 400},
      {Service::kIam, "InvalidClientTokenId", 403},
      {Service::kSts, "AccessDenied", 403},
      {Service::kIam, "ServiceFailure", 500},
  };
  for (const auto& c : cases) EXPECT_EQ(status_of(c.service, c.code), c.status) << c.code;
}

TEST(ErrorStatus, GeneralCodesTakeTheServicesNames) {
  const auto words = [](Service service, const char* code) {
    return in_words_of(service, {code, "m"}).code;
  };
  EXPECT_EQ(words(Service::kS3, "InternalError"), "InternalError");
  EXPECT_EQ(words(Service::kKms, "InternalError"), "KMSInternalException");
  EXPECT_EQ(words(Service::kIam, "InternalError"), "ServiceFailure");
  EXPECT_EQ(words(Service::kSts, "InternalError"), "InternalFailure");
  EXPECT_EQ(words(Service::kKms, "SlowDown"), "ThrottlingException");
  EXPECT_EQ(words(Service::kSts, "SlowDown"), "Throttling");
  EXPECT_EQ(words(Service::kKms, "ServiceUnavailable"), "DependencyTimeoutException");
  EXPECT_EQ(words(Service::kKms, "DisabledException"), "DisabledException");
}

}  // namespace
}  // namespace coffer::api
