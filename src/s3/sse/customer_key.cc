#include "s3/sse/customer_key.h"

#include "crypto/customer_key.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr size_t kKeyBytes = 32;

Error refused(std::string message) {
  return Error{"InvalidArgument", std::move(message)}.with("ArgumentName",
                                                           "x-amz-server-side-encryption");
}
}  // namespace

Result<CustomerKeyPtr> parse_customer_key(const std::optional<std::string>& algorithm,
                                          const Secret* key,
                                          const std::optional<std::string>& key_md5) {
  if (!algorithm && !key && !key_md5) return CustomerKeyPtr();
  if (algorithm && *algorithm != "AES256")
    return Error{"InvalidEncryptionAlgorithmError",
                 "The Encryption request you specified is not valid. Supported value: AES256."}
        .with("ArgumentName", "x-amz-server-side-encryption")
        .with("ArgumentValue", *algorithm);
  if (!algorithm)
    return refused(
        "Requests specifying Server Side Encryption with Customer provided keys must provide a "
        "valid encryption algorithm.");
  if (!key)
    return refused(
        "Requests specifying Server Side Encryption with Customer provided keys must provide an "
        "appropriate secret key.");
  auto bytes = crypto::unbase64_secret(*key);
  if (!bytes) return refused("The secret key was invalid for the specified algorithm.");
  std::string md5 = crypto::md5_base64(*bytes);
  if (key_md5 && *key_md5 != md5)
    return refused("The calculated MD5 hash of the key did not match the hash that was provided.");
  if (bytes->size() != kKeyBytes)
    return refused("The secret key was invalid for the specified algorithm.");
  return std::make_shared<const CustomerKey>(CustomerKey{std::move(*bytes), std::move(md5)});
}

Status check_customer_key(Algorithm stored, const CustomerKeyPtr& sent) {
  if (stored == Algorithm::kCustomer && !sent)
    return Error{"InvalidRequest",
                 "The object was stored using a form of Server Side Encryption. The correct "
                 "parameters must be provided to retrieve the object."};
  if (stored != Algorithm::kCustomer && sent)
    return Error{"InvalidRequest", "The encryption parameters are not applicable to this object."};
  return ok_status();
}

Status check_part_customer_key(Algorithm stored, const CustomerKeyPtr& sent) {
  if ((stored == Algorithm::kCustomer) == (sent != nullptr)) return ok_status();
  return customer_key_of_part_needed();
}

Error wrong_customer_key() {
  return {"AccessDenied",
          "Requests specifying Server Side Encryption with Customer provided keys must provide the "
          "correct secret key."};
}

Error another_customer_key() {
  return {"InvalidRequest",
          "The provided encryption parameters did not match the ones used originally."};
}

Error customer_key_of_part_needed() {
  return {"InvalidRequest",
          "The multipart upload initiate requested encryption. Subsequent part requests must "
          "include the appropriate encryption parameters."};
}

}  // namespace coffer::s3
