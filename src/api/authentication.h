#pragma once
// Who sent the request: signature, time, scope, then the key's owner. Refusals are in the words of
// the service's family. Source: spec/kms-iam-sts-cloudtrail.md section E.
#include "api/service_table.h"
#include "iam/authenticator.h"

namespace coffer::api {

struct Regions {
  std::string own;
  std::vector<std::string> kms;  // further ones that KMS answers for
  bool serves(const ServiceInfo& service, std::string_view region) const;
};

struct Caller {
  iam::Authenticated who;  // anonymous, where nothing was signed
  std::optional<protocol::SignedRequest> signature;
};

// Gate is what authentication needs.
struct Gate {
  const iam::Authenticator& authenticator;
  const Regions& regions;
  UnixMs wall_ms, business_ms;
  std::string_view virtual_bucket = {};  // that the Host header names
};

// presented takes the credential apart and refuses what the headers alone tell: no signature, a
// wrong form, scope or time, a key that is unknown. S3 takes unsigned requests: nullopt. What it
// answers proves nothing.
Result<std::optional<protocol::SignedRequest>> presented(const Gate& gate,
                                                         const ServiceInfo& service,
                                                         const net::Request& request,
                                                         std::string_view body_sha256_hex);

// authenticate judges the signature. `body_sha256_hex` is of the buffered body, for services that
// sign it. Only S3 lets an unsigned request pass, as the anonymous principal.
Result<Caller> authenticate(const Gate& gate, const ServiceInfo& service,
                            const net::Request& request, std::string_view body_sha256_hex);

// authenticate_form judges the signature that a form carries in its fields; nullopt: none.
Result<Caller> authenticate_form(const Gate& gate, const ServiceInfo& service,
                                 std::optional<protocol::SignedRequest> sent);

}  // namespace coffer::api
