#pragma once
// Signer makes signed requests as an SDK does, chunked bodies included. For tests.
#include "base/clock.h"
#include "base/secret.h"
#include "net/http.h"
#include "protocol/sigv4.h"

namespace coffer::api::testing {

class Signer {
 public:
  Signer(std::string access_key_id, std::string secret, std::string region = "us-east-1")
      : id_(std::move(access_key_id)), secret_(std::move(secret)), region_(std::move(region)) {}

  // sign adds x-amz-date, x-amz-content-sha256 where `payload` is given, and Authorization over all
  // x-amz-* headers and the host.
  void sign(net::Request& request, std::string_view service, UnixMs at,
            std::string_view payload_hash) const;
  // chunked makes an aws-chunked body of pieces of `piece` bytes for a request just signed; its
  // chunks are signed where `mode` says so.
  std::string chunked(const net::Request& request, protocol::PayloadMode mode,
                      std::string_view body, size_t piece, std::string_view trailer = {}) const;

 private:
  std::string hmac(const protocol::SignedRequest& seed, std::string_view text) const;
  std::string id_, secret_, region_;
};

net::Request make_request(std::string method, std::string target);

// TextBody serves a text in pieces of at most `piece` bytes.
class TextBody final : public net::BodySource {
 public:
  explicit TextBody(std::string_view text, size_t piece = SIZE_MAX) : left_(text), piece_(piece) {}
  Task<Result<size_t>> read(MutableBytes out) override {
    const size_t n = std::min({out.size(), left_.size(), piece_});
    std::copy_n(left_.data(), n, out.data());
    left_.remove_prefix(n);
    co_return n;
  }
  std::optional<uint64_t> length() const override { return left_.size(); }

 private:
  std::string_view left_;
  size_t piece_;
};

}  // namespace coffer::api::testing
