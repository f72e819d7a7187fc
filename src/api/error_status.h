#pragma once
// The HTTP status of an error, by service. Source: S3 API Reference, "Error responses"; the service
// models of KMS and IAM; spec/kms-iam-sts-cloudtrail.md sections 0 and C.3.
#include "api/service_table.h"

namespace coffer::api {

int status_of(Service service, std::string_view code);

// in_words_of gives our own general codes (InternalError, ServiceUnavailable, SlowDown) the name
// that the service has for them.
Error in_words_of(Service service, Error error);

}  // namespace coffer::api
