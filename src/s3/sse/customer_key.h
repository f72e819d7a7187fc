#pragma once
// CustomerKey is the key of SSE-C as a request brings it. It is never stored: the object's wrapped
// data key tells right from wrong. Source: S3 User Guide, "Using server-side encryption with
// customer-provided keys"; spec/s3.md A.13.
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "s3/bucket/bucket.h"

namespace coffer::s3 {

struct CustomerKey {
  Secret key;       // 32 bytes
  std::string md5;  // of it, base64: what answers show
};
using CustomerKeyPtr = std::shared_ptr<const CustomerKey>;  // null: the request brings none

// parse_customer_key reads the three headers. `key`: base64; null: absent. Errors: InvalidArgument,
// InvalidEncryptionAlgorithmError.
Result<CustomerKeyPtr> parse_customer_key(const std::optional<std::string>& algorithm,
                                          const Secret* key,
                                          const std::optional<std::string>& key_md5);

// check_customer_key: a key comes with exactly those requests whose object needs one. Error:
// InvalidRequest.
Status check_customer_key(Algorithm stored, const CustomerKeyPtr& sent);
// The same of a part's request. Error: InvalidRequest, in the words for uploads.
Status check_part_customer_key(Algorithm stored, const CustomerKeyPtr& sent);

Error wrong_customer_key();           // 403: of an object
Error another_customer_key();         // 400: of an upload
Error customer_key_of_part_needed();  // 400

}  // namespace coffer::s3
