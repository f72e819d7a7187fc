#include "api/authentication.h"

#include <algorithm>

#include "crypto/digest.h"

namespace coffer::api {
namespace {

using protocol::SignedRequest;

Error anonymous_refusal(Family family) {
  if (family == Family::kJson)
    return {"MissingAuthenticationTokenException", "Missing Authentication Token"};
  return {"MissingAuthenticationToken", "Request is missing Authentication Token"};
}

Error scope_refusal(Family family, std::string text) {
  return {family == Family::kJson ? "InvalidSignatureException" : "SignatureDoesNotMatch",
          std::move(text)};
}

bool fits(const ServiceInfo& service, std::string_view scope) {
  return scope == service.scope || (service.service == Service::kS3 && scope == "s3express");
}

Status check_scope(const Gate& gate, const ServiceInfo& service, const SignedRequest& sent) {
  if (sent.version == protocol::SignatureVersion::k2) return ok_status();  // it names none
  const bool rest = service.family == Family::kRest;
  const auto malformed = [&](std::string text) {
    if (sent.posted)
      return Error{"InvalidArgument", std::move(text)}
          .with("ArgumentName", "X-Amz-Credential")
          .with("ArgumentValue",
                fmt::format("{}/{}/{}/{}/aws4_request", sent.scope.access_key_id, sent.scope.date,
                            sent.scope.region, sent.scope.service));
    return Error{
        sent.presigned ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed",
        (sent.presigned ? "Error parsing the X-Amz-Credential parameter; "
                        : "The authorization header is malformed; ") +
            text};
  };
  if (!gate.regions.serves(service, sent.scope.region)) {
    if (!rest)
      return scope_refusal(service.family,
                           fmt::format("Credential should be scoped to a valid Region, not '{}'. ",
                                       sent.scope.region));
    return malformed(fmt::format("the region '{}' is wrong; expecting '{}'", sent.scope.region,
                                 gate.regions.own))
        .with("Region", gate.regions.own);
  }
  if (fits(service, sent.scope.service)) return ok_status();
  if (!rest)
    return scope_refusal(
        service.family,
        fmt::format("Credential should be scoped to correct service: '{}'. ", service.scope));
  return malformed(fmt::format("incorrect service \"{}\". This endpoint belongs to \"{}\".",
                               sent.scope.service, service.scope));
}

Error bad_key(Family family) {
  switch (family) {
    case Family::kRest:
      return {"InvalidAccessKeyId",
              "The AWS Access Key Id you provided does not exist in our records."};
    case Family::kJson:
      return {"UnrecognizedClientException",
              "The security token included in the request is invalid."};
    case Family::kQuery:
      break;
  }
  return {"InvalidClientTokenId", "The security token included in the request is invalid."};
}

Error bad_token(Family family) {
  if (family == Family::kRest)
    return {"InvalidToken", "The provided token is malformed or otherwise invalid."};
  return bad_key(family);
}

Error expired_token(Family family) {
  if (family == Family::kRest) return {"ExpiredToken", "The provided token has expired."};
  return {family == Family::kJson ? "ExpiredTokenException" : "ExpiredToken",
          "The security token included in the request is expired"};
}

Error refusal(iam::Refusal why, const ServiceInfo& service, const SignedRequest& sent) {
  switch (why) {
    case iam::Refusal::kUnknownKey:
      return service.family == Family::kRest
                 ? bad_key(service.family).with("AWSAccessKeyId", sent.scope.access_key_id)
                 : bad_key(service.family);
    case iam::Refusal::kBadToken:
      return bad_token(service.family);
    case iam::Refusal::kExpiredToken:
      return expired_token(service.family);
    case iam::Refusal::kBadSignature:
      break;
  }
  return protocol::signature_mismatch(sent, signing_family(service.family));
}

}  // namespace

bool Regions::serves(const ServiceInfo& service, std::string_view region) const {
  if (region == own || (service.global && region == "us-east-1")) return true;
  return service.service == Service::kKms && std::find(kms.begin(), kms.end(), region) != kms.end();
}

Result<std::optional<SignedRequest>> presented(const Gate& gate, const ServiceInfo& service,
                                               const net::Request& request,
                                               std::string_view body_sha256_hex) {
  const protocol::SigningFamily family = signing_family(service.family);
  TRY(auto sent, protocol::parse_signature(request, family, body_sha256_hex, &crypto::sha256_hex,
                                           gate.virtual_bucket));
  if (!sent) {
    if (service.service == Service::kS3) return sent;
    if (service.family != Family::kRest) return anonymous_refusal(service.family);
    return Error{"AccessDenied", "Access Denied"};
  }
  TRY_OK(check_scope(gate, service, *sent));
  TRY_OK(protocol::check_time(*sent, family, gate.wall_ms));
  // Nothing is kept of temporary credentials: their token is opened with the signature.
  if (service.service != Service::kS3 && sent->session_token.empty() &&
      !gate.authenticator.knows(sent->scope.access_key_id))
    return refusal(iam::Refusal::kUnknownKey, service, *sent);
  return sent;
}

namespace {

Result<Caller> judge(const Gate& gate, const ServiceInfo& service,
                     std::optional<SignedRequest> sent) {
  if (!sent) return Caller{};
  // A token of CreateSession is for directory buckets alone.
  if (!sent->s3_session_token.empty() &&
      (service.service != Service::kS3 || sent->scope.service != "s3express"))
    return refusal(iam::Refusal::kBadToken, service, *sent);
  iam::Presented claim{.access_key_id = sent->scope.access_key_id,
                       .session_token = sent->session_token,
                       .s3_session_token = sent->s3_session_token,
                       .date = sent->scope.date,
                       .region = sent->scope.region,
                       .service = sent->scope.service,
                       .string_to_sign = sent->string_to_sign,
                       .signature = sent->signature};
  if (sent->version == protocol::SignatureVersion::k2) {
    claim.scheme = iam::Scheme::kVersion2;
    claim.region = gate.regions.own;
    claim.service = service.scope;
  }
  auto judged = gate.authenticator.authenticate(claim, gate.business_ms);
  if (const auto* why = std::get_if<iam::Refusal>(&judged)) return refusal(*why, service, *sent);
  gate.authenticator.used(claim.access_key_id, claim.service, claim.region, gate.business_ms);
  return Caller{std::get<iam::Authenticated>(std::move(judged)), std::move(sent)};
}

}  // namespace

Result<Caller> authenticate(const Gate& gate, const ServiceInfo& service,
                            const net::Request& request, std::string_view body_sha256_hex) {
  TRY(auto sent, presented(gate, service, request, body_sha256_hex));
  return judge(gate, service, std::move(sent));
}

Result<Caller> authenticate_form(const Gate& gate, const ServiceInfo& service,
                                 std::optional<SignedRequest> sent) {
  if (sent) TRY_OK(check_scope(gate, service, *sent));
  return judge(gate, service, std::move(sent));
}

}  // namespace coffer::api
