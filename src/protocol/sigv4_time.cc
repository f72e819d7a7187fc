// The refusals of a signed request that was understood: too early, too late, not by the key it
// names.
#include <fmt/format.h>

#include "protocol/sigv4.h"

namespace coffer::protocol {
namespace {

constexpr int64_t kSkewMs = 15 * 60 * 1000;

Error mismatch(SigningFamily family, std::string text) {
  return {family == SigningFamily::kJson ? "InvalidSignatureException" : "SignatureDoesNotMatch",
          std::move(text)};
}

Error skewed(const SignedRequest& request, SigningFamily family, UnixMs now_ms) {
  if (family == SigningFamily::kS3)
    return Error{"RequestTimeTooSkewed",
                 "The difference between the request time and the current time is too large."}
        .with("RequestTime", basic_date_time(request.signed_at_ms))
        .with("ServerTime", iso8601(now_ms))
        .with("MaxAllowedSkewMilliseconds", std::to_string(kSkewMs));
  int64_t minutes = family == SigningFamily::kJson ? 5 : 15;
  bool early = request.signed_at_ms > now_ms;
  UnixMs edge = now_ms + (early ? 1 : -1) * minutes * 60 * 1000;
  std::string signed_at = basic_date_time(request.signed_at_ms);
  return mismatch(
      family,
      early ? fmt::format("Signature not yet current: {} is still later than {} ({} + {} min.)",
                          signed_at, basic_date_time(edge), basic_date_time(now_ms), minutes)
            : fmt::format("Signature expired: {} is now earlier than {} ({} - {} min.)", signed_at,
                          basic_date_time(edge), basic_date_time(now_ms), minutes));
}

Error expired(const SignedRequest& request, SigningFamily family, UnixMs now_ms) {
  UnixMs end = request.signed_at_ms + request.expires_s * 1000;
  if (family == SigningFamily::kS3)
    return (request.version == SignatureVersion::k4
                ? Error{"AccessDenied", "Request has expired"}.with(
                      "X-Amz-Expires", std::to_string(request.expires_s))
                : Error{"AccessDenied", "Request has expired"})
        .with("Expires", iso8601(end))
        .with("ServerTime", iso8601(now_ms));
  return mismatch(family, fmt::format("Signature expired: {} is now earlier than {}",
                                      basic_date_time(end), basic_date_time(now_ms)));
}

std::string spaced_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 3);
  for (char c : bytes)
    fmt::format_to(std::back_inserter(out), "{}{:02x}", out.empty() ? "" : " ",
                   static_cast<uint8_t>(c));
  return out;
}

}  // namespace

Status check_time(const SignedRequest& request, SigningFamily family, UnixMs now_ms) {
  if (request.posted) return ok_status();  // its policy says how long it holds
  bool early = request.signed_at_ms > now_ms + kSkewMs;
  if (!request.presigned) {
    if (early || request.signed_at_ms < now_ms - kSkewMs) return skewed(request, family, now_ms);
    return ok_status();
  }
  if (early && family == SigningFamily::kS3)
    return Error{"AccessDenied", "Request is not yet valid"}.with("ServerTime", iso8601(now_ms));
  if (early) return skewed(request, family, now_ms);
  if (now_ms > request.signed_at_ms + request.expires_s * 1000)
    return expired(request, family, now_ms);
  return ok_status();
}

Error signature_mismatch(const SignedRequest& request, SigningFamily family) {
  if (family != SigningFamily::kS3)
    return mismatch(family,
                    "The request signature we calculated does not match the signature you "
                    "provided. Check your AWS Secret Access "
                    "Key and signing method. Consult the service documentation for details.");
  Error out = Error{"SignatureDoesNotMatch",
                    "The request signature we calculated does not match the signature you "
                    "provided. Check your key and signing method."}
                  .with("AWSAccessKeyId", request.scope.access_key_id)
                  .with("StringToSign", request.string_to_sign)
                  .with("SignatureProvided", request.signature)
                  .with("StringToSignBytes", spaced_hex(request.string_to_sign));
  if (request.canonical_request.empty()) return out;
  return std::move(out)
      .with("CanonicalRequest", request.canonical_request)
      .with("CanonicalRequestBytes", spaced_hex(request.canonical_request));
}

}  // namespace coffer::protocol
