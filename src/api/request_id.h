#pragma once
// Request identifiers: unique, not secret, made without a lock or a system call.
#include <string>

#include "base/random.h"

namespace coffer::api {

std::string s3_request_id(Random& random);  // 16 of 0-9A-F: x-amz-request-id
std::string s3_host_id(Random& random);     // x-amz-id-2
std::string uuid_request_id(Random& random);

}  // namespace coffer::api
