#pragma once
// AWS Signature Version 4, the pure part: what was signed, and by whom. No key, no store, no clock
// of its own. Version 2, where S3 still takes it: sigv2.h. Source: IAM User Guide, "AWS API request
// signing"; S3 API Reference, "Authenticating requests".
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"

namespace coffer::protocol {

// Credential scope as sent: AKID/20260102/us-east-1/s3/aws4_request.
struct Scope {
  std::string access_key_id, date, region, service;
};

enum class PayloadMode : uint8_t {
  kSigned,    // x-amz-content-sha256 is the body's hash
  kUnsigned,  // UNSIGNED-PAYLOAD
  kStreamingUnsignedTrailer,
  kStreamingSigned,
  kStreamingSignedTrailer,
};

enum class SignatureVersion : uint8_t { k2, k4 };

struct SignedRequest {
  SignatureVersion version = SignatureVersion::k4;
  Scope scope;  // Version 2: the access key ID alone
  bool presigned = false;
  bool posted = false;  // by a form, whose policy was signed
  UnixMs signed_at_ms = 0;
  int64_t expires_s = 0;  // presigned: 1..604800; Version 2: Unix seconds
  std::string signature;  // 64 lower hex digits; Version 2 and forms: as sent
  std::vector<std::string> signed_headers;
  std::string session_token;     // x-amz-security-token
  std::string s3_session_token;  // x-amz-s3session-token
  PayloadMode payload = PayloadMode::kSigned;
  std::string payload_hash;  // as it went into the canonical request
  std::string canonical_request;
  std::string string_to_sign;  // the signature is HMAC(signing key, string_to_sign)
};

// ProtocolFamily chooses the words of a refusal and the canonical path: S3 signs the path as sent,
// the others normalize and encode twice.
enum class SigningFamily : uint8_t { kS3, kQuery, kJson };

// Sha256Hex is the caller's SHA-256, in 64 lower hex digits: this room knows no cryptography.
using Sha256Hex = std::string (*)(ByteView);

// parse_signature reads the Authorization header or the X-Amz-* query parameters; nullopt: the
// request is anonymous. `body_sha256_hex`: the hash of a buffered body, for services that send no
// x-amz-content-sha256; may be empty for S3. `virtual_bucket`: the bucket that the Host header
// names, which Version 2 signs. Errors, in the family's words: malformed header or
// parameters, an unsupported algorithm, unsigned x-amz-* headers, host not signed.
Result<std::optional<SignedRequest>> parse_signature(const net::Request& request,
                                                     SigningFamily family,
                                                     std::string_view body_sha256_hex,
                                                     Sha256Hex sha256_hex,
                                                     std::string_view virtual_bucket = {});

// carries_signature tells whether the request is signed in its head, in whatever form.
bool carries_signature(const net::Request& request);
Error two_mechanisms(std::string_view authorization);

// parse_credential takes "AKID/20260102/us-east-1/s3/aws4_request" apart; nullopt where it is not
// of that form.
std::optional<Scope> parse_credential(std::string_view text);

// parse_payload_mode reads x-amz-content-sha256, also for an anonymous request. Errors:
// InvalidArgument, NotImplemented (SigV4A).
Result<PayloadMode> parse_payload_mode(std::string_view value);

// scope_service peeks at the credential scope's service ("s3", "kms", "iam" …) without judging the
// rest; empty: none.
std::string scope_service(const net::Request& request);

// check_time refuses a request signed too far from `now_ms` (15 minutes; JSON services' words say
// 5) or a presigned one that expired.
Status check_time(const SignedRequest& request, SigningFamily family, UnixMs now_ms);

// signature_mismatch is the refusal, with what AWS tells the client for debugging.
Error signature_mismatch(const SignedRequest& request, SigningFamily family);

}  // namespace coffer::protocol
