#include "api/object_body.h"

#include <gtest/gtest.h>

#include "api/buffered_body.h"
#include "api/testing/signer.h"
#include "base/encoding.h"
#include "crypto/mac.h"

namespace coffer::api {
namespace {

using protocol::PayloadMode;
using testing::make_request;
using testing::Signer;
using testing::TextBody;

constexpr UnixMs kNow = 1'700'000'000'000;
constexpr std::string_view kText =
    "The quick brown fox jumps over the lazy dog, and then it rests.";
const std::string kCrc32Trailer = "x-amz-checksum-crc32:NhCmhg==";  // of "hello"

struct Shot {
  net::Request request = make_request("PUT", "/b/k");
  std::string wire;
  std::optional<protocol::SignedRequest> signature;
  std::shared_ptr<const Secret> key;

  // announce signs the request for a body of `text` under `hash`.
  void announce(std::string_view hash, std::optional<size_t> decoded = {},
                std::string_view trailer = {}) {
    if (decoded) request.headers.add("x-amz-decoded-content-length", std::to_string(*decoded));
    if (!trailer.empty()) request.headers.add("x-amz-trailer", std::string(trailer));
    Signer signer("AKID", "secret");
    signer.sign(request, "s3", kNow, hash);
    auto parsed =
        protocol::parse_signature(request, protocol::SigningFamily::kS3, {}, &crypto::sha256_hex);
    CHECK(parsed.ok());
    signature = **parsed;
    key = std::make_shared<const Secret>(crypto::sigv4_signing_key(
        Secret::copy_of("secret"), signature->scope.date, "us-east-1", "s3"));
  }
  void frame(PayloadMode mode, std::string_view text, size_t piece, std::string_view trailer = {}) {
    wire = Signer("AKID", "secret").chunked(request, mode, text, piece, trailer);
  }
  // read answers the text, or the error's code.
  std::string read(size_t source_piece, size_t out_piece) {
    request.content_length = wire.size();
    auto plan = plan_payload(request, signature ? &*signature : nullptr, key);
    if (!plan.ok()) return plan.error().code;
    TextBody source(wire, source_piece);
    PayloadBody body(source, std::move(*plan));
    return sync_wait(drain(body, out_piece));
  }
  static Task<std::string> drain(PayloadBody& body, size_t piece) {
    std::string out, buffer(piece, '\0');
    for (;;) {
      auto n = co_await body.read(buffer);
      if (!n.ok()) co_return n.error().code;
      if (*n == 0) co_return out;
      out += buffer.substr(0, *n);
    }
  }
};

TEST(PayloadBody, PlainAndSignedHash) {
  Shot plain;
  plain.wire = kText;
  EXPECT_EQ(plain.read(7, 5), kText);
  Shot hashed;
  hashed.announce(crypto::sha256_hex(kText));
  hashed.wire = kText;
  for (size_t piece : {1, 3, 100}) EXPECT_EQ(hashed.read(piece, 64), kText);
  hashed.wire[3] ^= 1;
  EXPECT_EQ(hashed.read(9, 64), "XAmzContentSHA256Mismatch");
}

TEST(PayloadBody, ChunkedHoweverItIsSplit) {
  const struct {
    const char* hash;
    PayloadMode mode;
    bool trailer;
  } modes[] = {
      {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", PayloadMode::kStreamingUnsignedTrailer, true},
      {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", PayloadMode::kStreamingSigned, false},
      {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", PayloadMode::kStreamingSignedTrailer, true},
  };
  for (const auto& m : modes) {
    Shot shot;
    shot.announce(m.hash, kText.size(), m.trailer ? "x-amz-checksum-crc32" : "");
    shot.frame(m.mode, kText, 20, m.trailer ? kCrc32Trailer : "");
    for (size_t piece = 1; piece <= shot.wire.size(); piece += 1 + piece / 8)
      for (size_t out : {1, 6, 4096})
        ASSERT_EQ(shot.read(piece, out), kText) << m.hash << " " << piece;
    if (m.mode == PayloadMode::kStreamingUnsignedTrailer) continue;
    shot.wire[shot.wire.find("quick")] ^= 1;
    EXPECT_EQ(shot.read(11, 64), "SignatureDoesNotMatch");
  }
}

TEST(PayloadBody, LengthsAndTrailersAreHeldToTheirWord) {
  Shot shorter, longer, no_trailer;
  shorter.announce("STREAMING-UNSIGNED-PAYLOAD-TRAILER", kText.size() + 1);
  shorter.frame(PayloadMode::kStreamingUnsignedTrailer, kText, 20);
  EXPECT_EQ(shorter.read(99, 99), "IncompleteBody");
  longer.announce("STREAMING-UNSIGNED-PAYLOAD-TRAILER", kText.size() - 1);
  longer.frame(PayloadMode::kStreamingUnsignedTrailer, kText, 20);
  EXPECT_EQ(longer.read(99, 99), "IncompleteBody");
  no_trailer.announce("STREAMING-UNSIGNED-PAYLOAD-TRAILER", kText.size(), "x-amz-checksum-crc32");
  no_trailer.frame(PayloadMode::kStreamingUnsignedTrailer, kText, 20);
  EXPECT_EQ(no_trailer.read(99, 99), "MalformedTrailerError");
  no_trailer.wire.resize(no_trailer.wire.size() - 9);
  EXPECT_EQ(no_trailer.read(99, 99), "IncompleteBody");
  Shot not_a_number;
  not_a_number.request.headers.add("x-amz-decoded-content-length", "-1");
  not_a_number.announce("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  EXPECT_EQ(not_a_number.read(1, 1), "InvalidArgument");
}

TEST(PayloadBody, SignedChunksNeedASigner) {
  Shot shot;
  shot.request.headers.add("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  EXPECT_EQ(shot.read(1, 1), "InvalidRequest");
}

std::string checked(net::Request request, std::string body, BufferedRules rules = {1024, false}) {
  request.content_length = body.size();
  auto plan = plan_payload(request, nullptr, nullptr);
  if (!plan.ok()) return plan.error().code;
  TextBody source(body, 3);
  BodyShare unbounded(nullptr);
  auto out = sync_wait(read_checked(request, source, std::move(*plan), rules, unbounded));
  return out.ok() ? *out : out.error().code + ": " + out.error().message;
}

net::Request with(std::string name, std::string value) {
  net::Request out = make_request("PUT", "/b?policy");
  out.headers.add(std::move(name), std::move(value));
  return out;
}

TEST(BufferedBody, Integrity) {
  EXPECT_EQ(checked(with("a", "b"), "hello"), "hello");
  EXPECT_EQ(checked(with("a", "b"), "hello", {4, false}),
            "MaxMessageLengthExceeded: Your request was too big.");
  EXPECT_EQ(
      checked(with("a", "b"), "hello", {9, true}),
      "InvalidRequest: Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
  EXPECT_EQ(checked(with("x-amz-sdk-checksum-algorithm", "CRC32"), "hello"), "hello");
  EXPECT_EQ(checked(with("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="), "hello", {9, true}), "hello");
  EXPECT_EQ(checked(with("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="), "hullo").substr(0, 9),
            "BadDigest");
  EXPECT_EQ(checked(with("Content-MD5", "nonsense"), "hello").substr(0, 13), "InvalidDigest");
  EXPECT_EQ(checked(with("x-amz-checksum-crc32", "NhCmhg=="), "hello", {9, true}), "hello");
  EXPECT_EQ(checked(with("x-amz-checksum-crc32", "NhCmhg=="), "hullo"),
            "BadDigest: The CRC32 you specified did not match the calculated checksum.");
  EXPECT_EQ(checked(with("x-amz-checksum-crc32", "NhCmhg"), "hello"),
            "InvalidRequest: Value for x-amz-checksum-crc32 header is invalid.");
  net::Request two = with("x-amz-checksum-crc32", "NhCmhg==");
  two.headers.add("x-amz-checksum-sha1", "x");
  EXPECT_EQ(checked(two, "hello").substr(0, 14), "InvalidRequest");
  EXPECT_EQ(
      checked(with("x-amz-content-sha256", crypto::sha256_hex("other")), "hello").substr(0, 25),
      "XAmzContentSHA256Mismatch");
  EXPECT_EQ(checked(with("x-amz-content-sha256", crypto::sha256_hex("other")), "").substr(0, 25),
            "XAmzContentSHA256Mismatch");
}

TEST(BufferedBody, TrailersCount) {
  net::Request request = with("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  request.headers.add("x-amz-decoded-content-length", "5");
  request.headers.add("x-amz-trailer", "x-amz-checksum-crc32");
  EXPECT_EQ(checked(request, "5\r\nhello\r\n0\r\n" + kCrc32Trailer + "\r\n\r\n", {5, true}),
            "hello");
  EXPECT_EQ(
      checked(request, "5\r\nhullo\r\n0\r\n" + kCrc32Trailer + "\r\n\r\n", {5, true}).substr(0, 9),
      "BadDigest");
}

}  // namespace
}  // namespace coffer::api
