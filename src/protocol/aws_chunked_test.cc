#include "protocol/aws_chunked.h"

#include <gtest/gtest.h>

#include "protocol/testing/signer.h"

namespace coffer::protocol {
namespace {

using testing::sha256_hex;
using testing::sign;

SignedRequest seed(std::string signature) {
  return {.scope = {"AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3"},
          .signed_at_ms = 1369353600000,
          .signature = std::move(signature)};
}

ChunkDecoder decoder(PayloadMode mode, const SignedRequest& from) {
  Scope scope = from.scope;
  return ChunkDecoder(
      mode, from,
      [scope](std::string_view text, std::string_view signature) {
        return sign(scope, text) == signature;
      },
      &sha256_hex);
}

struct Outcome {
  std::string code;  // empty: it went well
  Bytes out;
  std::map<std::string, std::string> trailers;
};

// decode feeds `pieces` and ends the input.
Outcome decode(PayloadMode mode, const SignedRequest& from, const std::vector<ByteView>& pieces) {
  ChunkDecoder d = decoder(mode, from);
  Outcome outcome;
  for (ByteView piece : pieces) {
    Status status = d.feed(piece, outcome.out);
    if (!status.ok()) outcome.code = status.error().code;
    if (!status.ok()) return outcome;
  }
  Status end = d.finish();
  if (!end.ok()) outcome.code = end.error().code;
  EXPECT_EQ(end.ok(), d.done());
  outcome.trailers = d.trailers();
  return outcome;
}

// Source: S3 API Reference, "Transferring payload in multiple chunks", the example.
const std::string kSeed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const std::string kPublished =
    "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
    std::string(65536, 'a') +
    "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
    std::string(1024, 'a') +
    "\r\n0;chunk-signature="
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
// Source: the same, "including trailing headers".
const std::string kTrailerSeed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
const std::string kPublishedTrailer =
    "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" +
    std::string(65536, 'a') +
    "\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" +
    std::string(1024, 'a') +
    "\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
    "x-amz-checksum-crc32c:sOO8/Q==\r\n"
    "x-amz-trailer-signature:"
    "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";

TEST(AwsChunked, VerifiesThePublishedChunks) {
  Outcome o = decode(PayloadMode::kStreamingSigned, seed(kSeed), {kPublished});
  EXPECT_EQ(o.code, "");
  EXPECT_EQ(o.out, std::string(66560, 'a'));
}

TEST(AwsChunked, VerifiesThePublishedTrailer) {
  Outcome o = decode(PayloadMode::kStreamingSignedTrailer, seed(kTrailerSeed), {kPublishedTrailer});
  EXPECT_EQ(o.code, "");
  EXPECT_EQ(o.out.size(), 66560u);
  EXPECT_EQ(o.trailers.at("x-amz-checksum-crc32c"), "sOO8/Q==");
}

TEST(AwsChunked, GivesNoByteOfAForgedChunk) {
  std::string forged = kPublished;
  forged[kPublished.find("\r\n") + 100] = 'b';
  Outcome o = decode(PayloadMode::kStreamingSigned, seed(kSeed), {forged});
  EXPECT_EQ(o.code, "SignatureDoesNotMatch");
  EXPECT_EQ(o.out, "");
}

TEST(AwsChunked, RefusesAForgedOrMissingTrailerSignature) {
  std::string forged = kPublishedTrailer;
  forged.replace(forged.find("sOO8"), 4, "sOO9");
  EXPECT_EQ(decode(PayloadMode::kStreamingSignedTrailer, seed(kTrailerSeed), {forged}).code,
            "SignatureDoesNotMatch");
  std::string without =
      kPublishedTrailer.substr(0, kPublishedTrailer.find("x-amz-trailer")) + "\r\n";
  EXPECT_EQ(decode(PayloadMode::kStreamingSignedTrailer, seed(kTrailerSeed), {without}).code,
            "IncompleteBody");
}

// signed_body makes what an SDK would send.
std::string signed_body(const SignedRequest& from, std::initializer_list<std::string> chunks,
                        bool trailer) {
  std::string previous = from.signature, out;
  auto add = [&](const std::string& data) {
    previous =
        sign(from.scope,
             "AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n" +
                 previous + "\n" + sha256_hex("") + "\n" + sha256_hex(data));
    out += fmt::format("{:x};chunk-signature={}\r\n{}{}", data.size(), previous, data,
                       data.empty() ? "" : "\r\n");
  };
  for (const std::string& chunk : chunks) add(chunk);
  add("");
  if (trailer) {
    std::string text = "x-amz-checksum-crc32:AAAAAA==\n";
    out += "x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:" +
           sign(from.scope,
                "AWS4-HMAC-SHA256-TRAILER\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n" +
                    previous + "\n" + sha256_hex(text)) +
           "\r\n";
  }
  return out + "\r\n";
}

TEST(AwsChunked, DecodesTheSameHoweverItIsSplit) {
  SignedRequest from = seed(kSeed);
  const std::pair<PayloadMode, std::string> bodies[] = {
      {PayloadMode::kStreamingUnsignedTrailer,
       "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"},
      {PayloadMode::kStreamingSigned, signed_body(from, {"hello", " world"}, false)},
      {PayloadMode::kStreamingSignedTrailer, signed_body(from, {"hello", " world"}, true)}};
  for (const auto& [mode, body] : bodies) {
    for (size_t at = 0; at <= body.size(); ++at) {
      Outcome o = decode(mode, from, {ByteView(body).substr(0, at), ByteView(body).substr(at)});
      EXPECT_EQ(o.code, "") << at;
      EXPECT_EQ(o.out, "hello world");
    }
    std::vector<ByteView> bytes;
    for (size_t i = 0; i < body.size(); ++i) bytes.push_back(ByteView(body).substr(i, 1));
    EXPECT_EQ(decode(mode, from, bytes).out, "hello world");
  }
}

TEST(AwsChunked, NoticesEveryTruncation) {
  SignedRequest from = seed(kSeed);
  std::string body = signed_body(from, {"hello", " world"}, true);
  for (size_t at = 0; at + 4 < body.size(); ++at)
    EXPECT_NE(
        decode(PayloadMode::kStreamingSignedTrailer, from, {ByteView(body).substr(0, at)}).code, "")
        << at;
  std::string plain = "5\r\nhello\r\n0\r\n\r\n";
  for (size_t at = 0; at < plain.find("0\r\n") + 3; ++at)
    EXPECT_EQ(
        decode(PayloadMode::kStreamingUnsignedTrailer, from, {ByteView(plain).substr(0, at)}).code,
        "IncompleteBody")
        << at;
}

TEST(AwsChunked, ToleratesWhatClientsDoAtTheEnd) {
  for (std::string end : {"", "\r\n", "\r\n\r\n", "\r\n\r\n\r\n", "\n\r\n"}) {
    Outcome o = decode(PayloadMode::kStreamingUnsignedTrailer, seed(kSeed),
                       {"5\r\nhello\r\n0\r\nX-Amz-Checksum-CRC32: NhCmhg==" + end});
    EXPECT_EQ(o.code, "");
    EXPECT_EQ(o.trailers.at("x-amz-checksum-crc32"), "NhCmhg==");
  }
  EXPECT_EQ(decode(PayloadMode::kStreamingUnsignedTrailer, seed(kSeed), {"0\r\n"}).code, "");
  EXPECT_EQ(decode(PayloadMode::kStreamingUnsignedTrailer, seed(kSeed),
                   {"00000005;ignored=1\r\nhello\r\n0\r\n\r\n"})
                .out,
            "hello");
}

TEST(AwsChunked, RefusesBrokenFraming) {
  const std::string s64(64, 'a');
  const std::pair<PayloadMode, std::string> cases[] = {
      {PayloadMode::kStreamingUnsignedTrailer, "x\r\n"},
      {PayloadMode::kStreamingUnsignedTrailer, "\r\n"},
      {PayloadMode::kStreamingUnsignedTrailer, "-5\r\nhello"},
      {PayloadMode::kStreamingUnsignedTrailer, "fffffffffffffffff\r\n"},
      {PayloadMode::kStreamingUnsignedTrailer, "ffffffffffffffff\r\n"},
      {PayloadMode::kStreamingUnsignedTrailer, "5\nhello\r\n0\r\n\r\n"},
      {PayloadMode::kStreamingUnsignedTrailer, "5\r\nhello!\r\n0\r\n\r\n"},
      {PayloadMode::kStreamingUnsignedTrailer, "0\r\na:1\r\na:2\r\n\r\n"},
      {PayloadMode::kStreamingUnsignedTrailer, "0\r\nno colon\r\n\r\n"},
      {PayloadMode::kStreamingUnsignedTrailer, "0\r\n\r\nmore"},
      {PayloadMode::kStreamingUnsignedTrailer, "0\r\na:" + std::string(8192, 'x') + "\r\n\r\n"},
      {PayloadMode::kStreamingUnsignedTrailer, std::string(2000, '0')},
      {PayloadMode::kStreamingSigned, "5\r\nhello\r\n"},
      {PayloadMode::kStreamingSigned, "5;chunk-signature=abc\r\nhello\r\n"},
      {PayloadMode::kStreamingSigned, "100001;chunk-signature=" + s64 + "\r\n"}};
  for (const auto& [mode, body] : cases)
    EXPECT_EQ(decode(mode, seed(kSeed), {body}).code, "InvalidRequest") << body.substr(0, 40);
}

TEST(AwsChunked, StaysRefused) {
  ChunkDecoder d = decoder(PayloadMode::kStreamingUnsignedTrailer, seed(kSeed));
  Bytes out;
  EXPECT_FALSE(d.feed("x\r\n", out).ok());
  EXPECT_FALSE(d.feed("0\r\n\r\n", out).ok());
  EXPECT_FALSE(d.finish().ok());
  EXPECT_FALSE(d.done());
}

TEST(AwsChunked, TakesItsNameOutOfTheContentEncoding) {
  EXPECT_EQ(decoded_content_encoding("aws-chunked"), "");
  EXPECT_EQ(decoded_content_encoding("aws-chunked,gzip"), "gzip");
  EXPECT_EQ(decoded_content_encoding("gzip, AWS-Chunked , br"), "gzip,br");
  EXPECT_EQ(decoded_content_encoding("gzip"), "gzip");
}

}  // namespace
}  // namespace coffer::protocol
