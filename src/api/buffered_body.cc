#include "api/buffered_body.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/checksum.h"

namespace coffer::api {
namespace {

constexpr size_t kPieceBytes = 16 * 1024;
constexpr std::string_view kChecksum = "x-amz-checksum-";
constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// collect reads `source` to its end; nullopt where it holds more than `bytes_max`.
Task<Result<std::optional<Bytes>>> collect(net::BodySource& source, uint64_t announced,
                                           size_t bytes_max, BodyShare& share) {
  Bytes out;
  if (announced > bytes_max) co_return std::optional<Bytes>();
  size_t size = 0;
  for (;;) {
    if (size > bytes_max) co_return std::optional<Bytes>();
    if (out.size() == size) {  // by what has arrived: an announcement costs its sender nothing
      const size_t room = std::max(kPieceBytes, size);
      const size_t next =
          size + (announced > size ? std::min<size_t>(room, announced - size) : room);
      CO_TRY_OK(share.reach(next));
      out.resize(next);
    }
    CO_TRY(const size_t n, co_await source.read(MutableBytes(out).subspan(size)));
    if (n == 0) break;
    size += n;
  }
  out.resize(size);
  co_return std::optional<Bytes>(std::move(out));
}

// SentChecksum is what the client announced of the body, in a header or a trailer.
struct SentChecksum {
  crypto::ChecksumAlgorithm algorithm;
  std::string header, value;
};

std::optional<crypto::ChecksumAlgorithm> algorithm_of(std::string_view header) {
  if (!header.starts_with(kChecksum)) return std::nullopt;
  return crypto::parse_checksum_name(header.substr(kChecksum.size()));
}

Result<std::optional<SentChecksum>> sent_checksum(const net::Request& request,
                                                  const PayloadBody* body) {
  std::optional<SentChecksum> out;
  for (const net::Header& header : request.headers.list()) {
    std::string name = lower(header.name);
    auto algorithm = algorithm_of(name);
    if (!algorithm) continue;
    if (out)
      return Error{
          "InvalidRequest",
          "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."};
    out = SentChecksum{*algorithm, std::move(name), header.value};
  }
  if (out || !body) return out;
  const std::string name = body->announced_trailer();
  if (auto algorithm = algorithm_of(name))
    if (auto value = body->trailer(name)) out = SentChecksum{*algorithm, name, *value};
  return out;
}

Status check_checksum(const SentChecksum& sent, ByteView body) {
  auto value = unbase64(trim(sent.value));
  if (!value || value->size() != crypto::checksum_size(sent.algorithm))
    return Error{"InvalidRequest", fmt::format("Value for {} header is invalid.", sent.header)};
  crypto::Checksum computed(sent.algorithm);
  computed.update(body);
  if (computed.value() == *value) return ok_status();
  return Error{"BadDigest",
               fmt::format("The {} you specified did not match the calculated checksum.",
                           crypto::checksum_name(sent.algorithm))};
}

Status check_md5(std::string_view sent, ByteView body) {
  auto value = unbase64(trim(sent));
  if (!value || value->size() != 16)
    return Error{"InvalidDigest", "The Content-MD5 you specified was invalid."}.with(
        "Content-MD5", std::string(sent));
  const Bytes computed = crypto::digest(crypto::Hash::kMd5, body);
  if (computed == *value) return ok_status();
  return Error{"BadDigest", "The Content-MD5 you specified did not match what we received."}
      .with("ExpectedDigest", hex(*value))
      .with("CalculatedDigest", base64(computed));
}

Status check_integrity(const net::Request& request, const PayloadBody* source, ByteView body,
                       const BufferedRules& rules) {
  const auto md5 = request.headers.find("content-md5");
  std::optional<SentChecksum> sum;
  if (!rules.checksum_of_object) {
    TRY(sum, sent_checksum(request, source));
  }
  if (rules.checksum_required && !md5 && !sum)
    return Error{"InvalidRequest",
                 "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"};
  if (md5) TRY_OK(check_md5(*md5, body));
  if (sum) TRY_OK(check_checksum(*sum, body));
  return ok_status();
}

}  // namespace

Status BodyShare::reach(size_t bytes) {
  if (!budget_ || bytes <= held_) return ok_status();
  const size_t more = bytes - held_;
  if (budget_->held_.fetch_add(more, std::memory_order_relaxed) + more > budget_->bytes_max_) {
    budget_->held_.fetch_sub(more, std::memory_order_relaxed);
    return Error{"SlowDown", "Please reduce your request rate."};
  }
  held_ = bytes;
  return ok_status();
}

Task<Result<Bytes>> read_all(const net::Request& request, net::BodySource& source, size_t bytes_max,
                             BodyShare& share) {
  if (!announces_body(request)) co_return Bytes();
  CO_TRY(auto body, co_await collect(source, request.content_length.value_or(0), bytes_max, share));
  if (!body) co_return Error{"RequestEntityTooLarge", "The request entity is too large."};
  co_return std::move(*body);
}

Task<Result<Bytes>> read_checked(const net::Request& request, net::BodySource& source,
                                 PayloadPlan plan, BufferedRules rules, BodyShare& share) {
  if (!announces_body(request)) {
    if (plan.mode == protocol::PayloadMode::kSigned && plan.sha256_hex != kEmptySha256)
      co_return Error{
          "XAmzContentSHA256Mismatch",
          "The provided 'x-amz-content-sha256' header does not match what was computed."}
          .with("ClientComputedContentSHA256", plan.sha256_hex)
          .with("S3ComputedContentSHA256", std::string(kEmptySha256));
    if (rules.checksum_required) CO_TRY_OK(check_integrity(request, nullptr, {}, rules));
    co_return Bytes();
  }
  PayloadBody body(source, std::move(plan));
  CO_TRY(auto bytes,
         co_await collect(body, body.decoded_length().value_or(0), rules.bytes_max, share));
  if (!bytes)
    co_return Error{"MaxMessageLengthExceeded", "Your request was too big."}.with(
        "MaxMessageLengthBytes", std::to_string(rules.bytes_max));
  CO_TRY_OK(check_integrity(request, &body, *bytes, rules));
  co_return std::move(*bytes);
}

}  // namespace coffer::api
