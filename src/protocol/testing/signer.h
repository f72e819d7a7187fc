#pragma once
// A client's half of Signature Version 4, for tests: plain keys, OpenSSL.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <string>

#include "base/encoding.h"
#include "protocol/sigv4.h"

namespace coffer::protocol::testing {

inline constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

inline std::string sha256_hex(ByteView data) {
  unsigned char out[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), out);
  return hex({reinterpret_cast<char*>(out), sizeof out});
}

inline std::string hmac(std::string_view key, std::string_view data) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(data.data()), data.size(), out, &size);
  return {reinterpret_cast<char*>(out), size};
}

inline std::string sign(const Scope& scope, std::string_view string_to_sign,
                        std::string_view secret = kSecret) {
  std::string key = hmac("AWS4" + std::string(secret), scope.date);
  for (const std::string& part : {scope.region, scope.service, std::string("aws4_request")})
    key = hmac(key, part);
  return hex(hmac(key, string_to_sign));
}

inline net::Request request(std::string method, std::string target,
                            std::initializer_list<net::Header> headers) {
  net::Request out;
  out.method = std::move(method);
  out.target = std::move(target);
  for (const net::Header& header : headers) out.headers.add(header.name, header.value);
  return out;
}

}  // namespace coffer::protocol::testing
