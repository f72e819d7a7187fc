#include "crypto/customer_key.h"

#include <cstring>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/openssl.h"

namespace coffer::crypto {

std::optional<Secret> unbase64_secret(const Secret& text) {
  constexpr size_t kTextBytesMax = 1024;
  if (text.size() > kTextBytesMax) return std::nullopt;
  auto bytes = unbase64(read_key(text));
  if (!bytes) return std::nullopt;
  Secret out = Secret::copy_of(*bytes);
  wipe(*bytes);
  return out;
}

std::string md5_base64(const Secret& key) { return base64(digest(Hash::kMd5, read_key(key))); }

}  // namespace coffer::crypto
