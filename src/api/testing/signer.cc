#include "api/testing/signer.h"

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/mac.h"

namespace coffer::api::testing {
namespace {

using protocol::PayloadMode;

bool is_signed(PayloadMode mode) {
  return mode == PayloadMode::kStreamingSigned || mode == PayloadMode::kStreamingSignedTrailer;
}

protocol::SignedRequest parse(const net::Request& request, std::string_view service,
                              std::string_view body_hash) {
  auto family =
      service.starts_with("s3") ? protocol::SigningFamily::kS3 : protocol::SigningFamily::kJson;
  auto out = protocol::parse_signature(request, family, body_hash, &crypto::sha256_hex);
  CHECK(out.ok() && out->has_value());
  return **out;
}

}  // namespace

net::Request make_request(std::string method, std::string target) {
  net::Request out;
  out.method = std::move(method);
  out.target = std::move(target);
  out.headers.add("Host", "127.0.0.1:9000");
  out.peer.ip = "192.0.2.1";
  out.peer.tls = true;
  out.peer.tls_version = "TLSv1.3";
  return out;
}

std::string Signer::hmac(const protocol::SignedRequest& seed, std::string_view text) const {
  const Secret key = crypto::sigv4_signing_key(Secret::copy_of(secret_), seed.scope.date,
                                               seed.scope.region, seed.scope.service);
  return hex(crypto::hmac_sha256(key, text).view());
}

void Signer::sign(net::Request& request, std::string_view service, UnixMs at,
                  std::string_view payload_hash) const {
  const std::string date = basic_date_time(at);
  request.headers.set("x-amz-date", date);
  if (service.starts_with("s3"))
    request.headers.set("x-amz-content-sha256", std::string(payload_hash));
  std::vector<std::string> names{"host"};
  for (const net::Header& header : request.headers.list())
    if (std::string name = lower(header.name); name.starts_with("x-amz-"))
      names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  const std::string head = fmt::format(
      "AWS4-HMAC-SHA256 Credential={}/{}/{}/{}/aws4_request, SignedHeaders={}, Signature=", id_,
      date.substr(0, 8), region_, service, fmt::join(names, ";"));
  request.headers.set("Authorization", head + std::string(64, '0'));
  const auto seed = parse(request, service, payload_hash);
  request.headers.set("Authorization", head + hmac(seed, seed.string_to_sign));
}

std::string Signer::chunked(const net::Request& request, PayloadMode mode, std::string_view body,
                            size_t piece, std::string_view trailer) const {
  const auto seed = parse(request, "s3", {});
  const std::string scope =
      fmt::format("{}/{}/{}/aws4_request", seed.scope.date, seed.scope.region, seed.scope.service);
  std::string previous = seed.signature, out;
  const auto chunk = [&](std::string_view data) {
    out += fmt::format("{:x}", data.size());
    if (is_signed(mode)) {
      previous = hmac(seed, fmt::format("AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{}\n{}",
                                        basic_date_time(seed.signed_at_ms), scope, previous,
                                        crypto::sha256_hex(""), crypto::sha256_hex(data)));
      out += ";chunk-signature=" + previous;
    }
    out += "\r\n";
    out += data;
    if (!data.empty()) out += "\r\n";
  };
  for (size_t at = 0; at < body.size(); at += piece) chunk(body.substr(at, piece));
  chunk({});
  if (!trailer.empty()) {
    out += fmt::format("{}\r\n", trailer);
    if (mode == PayloadMode::kStreamingSignedTrailer)
      out += "x-amz-trailer-signature:" +
             hmac(seed, fmt::format("AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}\n{}",
                                    basic_date_time(seed.signed_at_ms), scope, previous,
                                    crypto::sha256_hex(fmt::format("{}\n", trailer)))) +
             "\r\n";
  }
  return out + "\r\n";
}

}  // namespace coffer::api::testing
