#include "api/object_body.h"

#include <algorithm>
#include <cstring>

#include "base/encoding.h"
#include "iam/authenticator.h"

namespace coffer::api {
namespace {

using protocol::PayloadMode;

constexpr size_t kRawBytes = 64 * 1024;

Error incomplete_body() {
  return {"IncompleteBody",
          "You did not provide the number of bytes specified by the Content-Length HTTP header"};
}

}  // namespace

bool announces_body(const net::Request& request) {
  return request.chunked || request.content_length.value_or(0) > 0;
}

Result<PayloadPlan> plan_payload(const net::Request& request,
                                 const protocol::SignedRequest* signature,
                                 std::shared_ptr<const Secret> signing_key) {
  PayloadPlan plan;
  plan.decoded_length = request.content_length;
  if (signature) {
    plan.mode = signature->payload;
    if (plan.mode == PayloadMode::kSigned) plan.sha256_hex = lower(signature->payload_hash);
  } else if (auto sent = request.headers.find("x-amz-content-sha256")) {
    TRY(plan.mode, protocol::parse_payload_mode(*sent));
    if (plan.mode == PayloadMode::kSigned) plan.sha256_hex = lower(*sent);
  }
  if (!plan.encoded()) return plan;
  if (plan.mode != PayloadMode::kStreamingUnsignedTrailer) {
    if (!signature || !signing_key)
      return Error{"InvalidRequest", "A body whose chunks are signed needs a signed request."};
    plan.seed = *signature;
    plan.signing_key = std::move(signing_key);
  }
  plan.announced_trailer = lower(trim(request.headers.get("x-amz-trailer")));
  const auto length = request.headers.find("x-amz-decoded-content-length");
  plan.decoded_length = length ? parse_uint(trim(*length)) : std::nullopt;
  if (length && !plan.decoded_length)
    return Error{"InvalidArgument", "The x-amz-decoded-content-length header is not a number."}
        .with("ArgumentName", "x-amz-decoded-content-length")
        .with("ArgumentValue", std::string(*length));
  return plan;
}

PayloadBody::PayloadBody(net::BodySource& source, PayloadPlan plan)
    : source_(source), plan_(std::move(plan)) {
  if (plan_.mode == PayloadMode::kSigned) digest_.emplace(crypto::Hash::kSha256);
  if (!plan_.encoded()) return;
  auto verify = [key = plan_.signing_key](std::string_view string_to_sign,
                                          std::string_view signature) {
    return key && iam::Authenticator::matches(*key, string_to_sign, signature);
  };
  chunks_.emplace(plan_.mode, plan_.seed, std::move(verify), &crypto::sha256_hex);
}

std::optional<uint64_t> PayloadBody::length() const {
  if (!plan_.decoded_length) return std::nullopt;
  return *plan_.decoded_length - std::min(total_, *plan_.decoded_length);
}

std::optional<std::string> PayloadBody::trailer(std::string_view name) const {
  if (!chunks_) return std::nullopt;
  auto it = chunks_->trailers().find(std::string(name));
  return it == chunks_->trailers().end() ? std::nullopt : std::optional(it->second);
}

// account counts what is handed out: never more than was announced.
Result<size_t> PayloadBody::account(size_t n) {
  total_ += n;
  if (plan_.decoded_length && total_ > *plan_.decoded_length) return incomplete_body();
  return n;
}

Status PayloadBody::at_end() {
  ended_ = true;
  if (plan_.decoded_length && total_ != *plan_.decoded_length) return incomplete_body();
  if (digest_) {
    const std::string computed = hex(digest_->finish());
    if (computed != plan_.sha256_hex)
      return Error{"XAmzContentSHA256Mismatch",
                   "The provided 'x-amz-content-sha256' header does not match what was computed."}
          .with("ClientComputedContentSHA256", plan_.sha256_hex)
          .with("S3ComputedContentSHA256", computed);
  }
  if (!chunks_) return ok_status();
  TRY_OK(chunks_->finish());
  if (!plan_.announced_trailer.empty() && !trailer(plan_.announced_trailer))
    return Error{"MalformedTrailerError",
                 "The request contained trailing data that was not well-formed or did not conform "
                 "to our published schema."};
  return ok_status();
}

Task<Result<size_t>> PayloadBody::read(MutableBytes out) {
  if (ended_ || out.empty()) co_return size_t{0};
  if (chunks_) co_return co_await read_encoded(out);
  CO_TRY(const size_t n, co_await source_.read(out));
  if (n == 0) {
    CO_TRY_OK(at_end());
    co_return size_t{0};
  }
  if (digest_) digest_->update({out.data(), n});
  co_return account(n);
}

Task<Result<size_t>> PayloadBody::read_encoded(MutableBytes out) {
  while (given_ == decoded_.size()) {
    decoded_.clear();
    given_ = 0;
    if (raw_.empty()) raw_.resize(kRawBytes);
    CO_TRY(const size_t n, co_await source_.read(raw_));
    if (n == 0) {
      CO_TRY_OK(at_end());
      co_return size_t{0};
    }
    CO_TRY_OK(chunks_->feed({raw_.data(), n}, decoded_));
  }
  const size_t n = std::min(out.size(), decoded_.size() - given_);
  std::memcpy(out.data(), decoded_.data() + given_, n);
  given_ += n;
  co_return account(n);
}

}  // namespace coffer::api
