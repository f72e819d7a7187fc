#pragma once
// Authenticator turns a signature into a principal. It reads immutable records in memory: no I/O,
// no waiting; safe from any thread.
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "authz/context.h"
#include "base/result.h"
#include "base/secret.h"

namespace coffer::iam {

struct BucketSession;  // iam/bucket_session.h

enum class Scheme : uint8_t { kVersion4, kVersion2 };

// Presented is what a request claims, already parsed.
struct Presented {
  std::string access_key_id;
  std::string session_token;          // empty for long-term keys
  std::string s3_session_token;       // of a directory bucket's session; else empty
  std::string date, region, service;  // of the credential scope; Version 2 has none
  std::string string_to_sign;
  std::string signature;  // lower hex; Version 2: base64
  Scheme scheme = Scheme::kVersion4;
};

enum class Refusal : uint8_t { kUnknownKey, kBadToken, kExpiredToken, kBadSignature };

struct Authenticated {
  authz::Principal principal;
  authz::CallerPolicies policies;
  // For the chunk signatures that follow; null after Version 2, which has none.
  std::shared_ptr<const Secret> signing_key;
  // The directory bucket's session that vouches for the principal; null: its own credentials do.
  std::shared_ptr<const BucketSession> bucket_session;
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // authenticate verifies the signature, in constant time, against the access key's secret (signing
  // keys are cached per key, date, region and service, and dropped when the key is deactivated).
  // `now_ms`: business time, for token expiry.
  virtual std::variant<Refusal, Authenticated> authenticate(const Presented& presented,
                                                            UnixMs now_ms) const = 0;
  // knows tells whether an active key has this ID. It proves nothing of the caller.
  virtual bool knows(const std::string& access_key_id) const = 0;
  // chunk_matches verifies a signature that continues the same request.
  static bool matches(const Secret& signing_key, std::string_view string_to_sign,
                      std::string_view signature);
  // matches_version2 verifies a Signature Version 2, whose key is the secret itself.
  static bool matches_version2(const Secret& secret, std::string_view string_to_sign,
                               std::string_view signature);
  // caller answers the principal and policies of an account's root without a signature: for the
  // admin socket and background work.
  virtual Authenticated root_of(const std::string& account) const = 0;
  // used notes the last use of an access key (GetAccessKeyLastUsed).
  virtual void used(const std::string& access_key_id, const std::string& service,
                    const std::string& region, UnixMs now_ms) const = 0;
};

}  // namespace coffer::iam
