#include "protocol/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "protocol/canonical_request.h"
#include "protocol/testing/signer.h"

namespace coffer::protocol {
namespace {

using ::testing::HasSubstr;
using testing::request;
using testing::sha256_hex;
using testing::sign;

constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const std::string kSomeSignature(64, 'a');

std::string authorization(std::string_view signed_headers, std::string_view signature,
                          std::string_view scope = "20130524/us-east-1/s3/aws4_request") {
  return fmt::format(
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/{},SignedHeaders={},Signature={}", scope,
      signed_headers, signature);
}

void expect_signed(const net::Request& r, SigningFamily family = SigningFamily::kS3) {
  auto parsed = parse_signature(r, family, kEmptyHash, &sha256_hex);
  ASSERT_TRUE(parsed.ok()) << parsed.error().code << ": " << parsed.error().message;
  ASSERT_TRUE(parsed->has_value());
  const SignedRequest& s = **parsed;
  EXPECT_EQ(sign(s.scope, s.string_to_sign), s.signature) << s.canonical_request;
}

Error refused(const net::Request& r, SigningFamily family = SigningFamily::kS3) {
  auto parsed = parse_signature(r, family, kEmptyHash, &sha256_hex);
  if (parsed.ok()) return {"(none)", ""};
  return parsed.error();
}

// Source: S3 API Reference, "Signature calculations for the Authorization header", the examples.
TEST(SigV4, VerifiesThePublishedGet) {
  expect_signed(
      request("GET", "/test.txt",
              {{"Host", "examplebucket.s3.amazonaws.com"},
               {"Authorization",
                authorization("host;range;x-amz-content-sha256;x-amz-date",
                              "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")},
               {"Range", "bytes=0-9"},
               {"x-amz-content-sha256", std::string(kEmptyHash)},
               {"x-amz-date", "20130524T000000Z"}}));
}

TEST(SigV4, VerifiesThePublishedPut) {
  expect_signed(
      request("PUT", "/test$file.text",
              {{"Host", "examplebucket.s3.amazonaws.com"},
               {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
               {"Authorization",
                authorization("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                              "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")},
               {"x-amz-date", "20130524T000000Z"},
               {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
               {"x-amz-content-sha256",
                "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"}}));
}

TEST(SigV4, VerifiesThePublishedLifecycleAndList) {
  const std::pair<std::string, std::string> cases[] = {
      {"/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"/?max-keys=2&prefix=J",
       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"}};
  for (const auto& [target, signature] : cases)
    expect_signed(request(
        "GET", target,
        {{"Host", "examplebucket.s3.amazonaws.com"},
         {"x-amz-date", "20130524T000000Z"},
         {"x-amz-content-sha256", std::string(kEmptyHash)},
         {"Authorization", authorization("host;x-amz-content-sha256;x-amz-date", signature)}}));
}

TEST(SigV4, VerifiesThePublishedPresignedGet) {
  expect_signed(
      request("GET",
              "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%"
              "2F20130524%2F"
              "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-"
              "SignedHeaders=host&"
              "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
              {{"Host", "examplebucket.s3.amazonaws.com"}}));
}

TEST(SigV4, AgreesWithBotocore) {
  std::ifstream file(COFFER_SOURCE_DIR "/tests/vectors/sigv4.json");
  auto vectors = nlohmann::json::parse(file);
  ASSERT_GT(vectors["cases"].size(), 50u);
  for (const auto& v : vectors["cases"]) {
    SCOPED_TRACE(v["name"].get<std::string>());
    net::Request r = request(v["method"], v["target"], {});
    for (const auto& h : v["headers"]) r.headers.add(h[0], h[1]);
    std::string name = v["family"];
    auto family = name == "s3"     ? SigningFamily::kS3
                  : name == "json" ? SigningFamily::kJson
                                   : SigningFamily::kQuery;
    auto parsed = parse_signature(r, family, v["body_sha256"].get<std::string>(), &sha256_hex);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    const SignedRequest& s = **parsed;
    EXPECT_EQ(s.canonical_request, v["canonical_request"].get<std::string>());
    EXPECT_EQ(s.string_to_sign, v["string_to_sign"].get<std::string>());
    EXPECT_EQ(s.signature, v["signature"].get<std::string>());
    EXPECT_EQ(sign(s.scope, s.string_to_sign), s.signature);
    EXPECT_EQ(s.session_token, v["token"].get<std::string>());
    EXPECT_EQ(s.presigned, v["presigned"].get<bool>());
    EXPECT_EQ(scope_service(r), v["service"].get<std::string>());
  }
}

TEST(SigV4, WritesOnePathForEveryWayToSendIt) {
  EXPECT_EQ(canonical_path_s3("/b/a+b~c"), "/b/a%2Bb~c");
  EXPECT_EQ(canonical_path_s3("/b/a%2bb%7ec"), "/b/a%2Bb~c");
  EXPECT_EQ(canonical_path_s3("/b//x/../%2F"), "/b//x/../%2F");
  EXPECT_EQ(canonical_path_s3("/50%"), "/50%25");
  EXPECT_EQ(canonical_path_s3(""), "/");
  EXPECT_EQ(canonical_path_normalized("/a/./b//../c%20d/"), "/a/c%2520d/");
  EXPECT_EQ(canonical_path_normalized("/.."), "/");
}

TEST(SigV4, SortsTheQueryByItsEncodedForm) {
  EXPECT_EQ(canonical_query("b=2&a=%2f&a=%25&c&=x&X-Amz-Signature=1"), "=x&a=%25&a=%2F&b=2&c=");
  EXPECT_EQ(canonical_query("prefix=a+b&&x=%zz"), "prefix=a%20b&x=%25zz");
}

TEST(SigV4, LetsAnonymousRequestsPass) {
  auto parsed = parse_signature(request("GET", "/b/k?versionId=1", {{"Host", "h"}}),
                                SigningFamily::kS3, "", &sha256_hex);
  ASSERT_TRUE(parsed.ok());
  EXPECT_FALSE(parsed->has_value());
}

TEST(SigV4, ReadsTokensAndPayloadModes) {
  net::Request r =
      request("PUT", "/b/k",
              {{"host", "h"},
               {"date", "Fri, 24 May 2013 00:00:00 GMT"},
               {"x-amz-s3session-token", "t"},
               {"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
               {"authorization", authorization("host;x-amz-s3session-token", kSomeSignature)}});
  auto parsed = parse_signature(r, SigningFamily::kS3, "", &sha256_hex);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ((*parsed)->s3_session_token, "t");
  EXPECT_EQ((*parsed)->payload, PayloadMode::kStreamingUnsignedTrailer);
  EXPECT_EQ((*parsed)->signed_at_ms, 1369353600000);
  EXPECT_EQ(parse_payload_mode("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD").error().code,
            "NotImplemented");
  EXPECT_EQ(parse_payload_mode("STREAMING-X").error().code, "InvalidArgument");
}

struct HeaderCase {
  std::string authorization, code_s3, code_query, code_json, text;
};

TEST(SigV4, RefusesWhatIsNotAnAuthorization) {
  const std::string good =
      "AWS4-HMAC-SHA256 "
      "Credential=A/20130524/r/s3/aws4_request,SignedHeaders=host;x-amz-date,Signature=";
  const std::string malformed = "AuthorizationHeaderMalformed", q = "IncompleteSignature",
                    j = "IncompleteSignatureException";
  const HeaderCase cases[] = {
      {"AWS4-HMAC-SHA256", malformed, q, j, "requires three components"},
      {"AWS4-HMAC-SHA256 Credential=A/20130524/r/s3/aws4_request", malformed, q, j,
       "requires three components"},
      {good + "short", malformed, q, j, "Signature is mal-formed"},
      {good + kSomeSignature + ",Signature=" + kSomeSignature, malformed, q, j, "three components"},
      {"AWS4-HMAC-SHA256 Credential=A/b/20130524/r/s3/aws4_request,SignedHeaders=host,Signature=" +
           kSomeSignature,
       malformed, q, j, "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request"},
      {"AWS4-HMAC-SHA256 "
       "Credential=A/20130525/r/s3/aws4_request,SignedHeaders=host;x-amz-date,Signature=" +
           kSomeSignature,
       malformed, "SignatureDoesNotMatch", "InvalidSignatureException",
       "Invalid credential date \"20130525\""},
      {"AWS4-HMAC-SHA256 Credential=A/20130524/r/s3/aws5,SignedHeaders=host;x-amz-date,Signature=" +
           kSomeSignature,
       malformed, "SignatureDoesNotMatch", "InvalidSignatureException", "incorrect terminal"},
      {"AWS4-HMAC-SHA256 "
       "Credential=A/20130524/r/s3/aws4_request,SignedHeaders=host;host,Signature=" +
           kSomeSignature,
       malformed, q, j, "SignedHeaders"},
      {"AWS4-HMAC-SHA256 "
       "Credential=A/20130524/r/s3/aws4_request,SignedHeaders=x-amz-date,Signature=" +
           kSomeSignature,
       "AccessDenied", "SignatureDoesNotMatch", "InvalidSignatureException", "not signed"},
      {"AWS4-HMAC-SHA256 Credential=A/20130524/r/s3/aws4_request,SignedHeaders=host,Signature=" +
           kSomeSignature,
       "AccessDenied", "SignatureDoesNotMatch", "InvalidSignatureException", "not signed"},
      {"AWS4-ECDSA-P256-SHA256 Credential=A", "InvalidRequest", "InvalidRequest", "InvalidRequest",
       "not supported"},
      {"AWS AKID:sig", "InvalidRequest", "InvalidRequest", "InvalidRequest",
       "Please use AWS4-HMAC-SHA256."},
      {"Bearer x", "InvalidArgument", q, j, "Unsupported Authorization Type"},
      {good + kSomeSignature, "InvalidRequest", "(none)", "(none)",
       "Missing required header for this request: x-amz-content-sha256"},
  };
  for (const HeaderCase& c : cases) {
    SCOPED_TRACE(c.authorization);
    net::Request r = request(
        "GET", "/",
        {{"Host", "h"}, {"x-amz-date", "20130524T000000Z"}, {"Authorization", c.authorization}});
    Error s3 = refused(r);
    EXPECT_EQ(s3.code, c.code_s3);
    EXPECT_THAT(s3.message, HasSubstr(c.text));
    EXPECT_EQ(refused(r, SigningFamily::kQuery).code, c.code_query);
    EXPECT_EQ(refused(r, SigningFamily::kJson).code, c.code_json);
  }
}

TEST(SigV4, NamesTheHeadersThatWereNotSigned) {
  Error e = refused(request("GET", "/",
                            {{"Host", "h"},
                             {"x-amz-date", "20130524T000000Z"},
                             {"X-Amz-Meta-B", "1"},
                             {"x-amz-meta-b", "2"},
                             {"x-amz-acl", "private"},
                             {"Authorization", authorization("host;x-amz-date", kSomeSignature)}}));
  ASSERT_EQ(e.details.size(), 1u);
  EXPECT_EQ(e.details[0].name, "HeadersNotSigned");
  EXPECT_EQ(e.details[0].value, "x-amz-meta-b, x-amz-acl");
}

TEST(SigV4, RefusesTwoMechanisms) {
  net::Request r = request("GET", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256",
                           {{"Host", "h"}, {"Authorization", "AWS4-HMAC-SHA256 x"}});
  EXPECT_EQ(refused(r).code, "InvalidArgument");
  EXPECT_THAT(refused(r).message, HasSubstr("Only one auth mechanism allowed"));
  r = request("GET", "/?AWSAccessKeyId=A&X-Amz-Signature=b", {{"Host", "h"}});
  EXPECT_THAT(refused(r).message, HasSubstr("Only one auth mechanism allowed"));
  EXPECT_EQ(refused(request("GET", "/?AWSAccessKeyId=A&Signature=b&Expires=1", {{"Host", "h"}}),
                    SigningFamily::kQuery)
                .code,
            "InvalidRequest");
}

TEST(SigV4, RefusesBadDates) {
  auto dated = [](std::string date) {
    return request("GET", "/",
                   {{"Host", "h"},
                    {"Date", std::move(date)},
                    {"Authorization", authorization("host", kSomeSignature)}});
  };
  EXPECT_EQ(refused(dated("yesterday")).code, "AccessDenied");
  EXPECT_EQ(refused(dated("")).message,
            "AWS authentication requires a valid Date or x-amz-date header");
  EXPECT_EQ(refused(dated("yesterday"), SigningFamily::kQuery).code, "IncompleteSignature");
  EXPECT_THAT(refused(dated("yesterday"), SigningFamily::kJson).message,
              HasSubstr("ISO-8601 'basic format'. Got 'yesterday'"));
}

std::string presigned(std::string_view expires, std::string_view more = "") {
  return fmt::format(
      "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20130524%2Fr%2Fs3%2Faws4_request&X-"
      "Amz-Date="
      "20130524T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature={}{}{}",
      kSomeSignature, expires.empty() ? "" : fmt::format("&X-Amz-Expires={}", expires), more);
}

TEST(SigV4, JudgesPresignedParameters) {
  EXPECT_EQ(refused(request("GET", presigned("60"), {{"Host", "h"}})).code, "(none)");
  for (std::string_view bad : {"", "0", "-1", "604801", "x"}) {
    Error e = refused(request("GET", presigned(bad), {{"Host", "h"}}));
    EXPECT_EQ(e.code, "AuthorizationQueryParametersError") << bad;
  }
  EXPECT_THAT(refused(request("GET", presigned(""), {{"Host", "h"}})).message,
              HasSubstr("and X-Amz-Expires parameters."));
  EXPECT_EQ(
      refused(request("GET", presigned("60", "&X-Amz-Date=20130524T000000Z"), {{"Host", "h"}}))
          .code,
      "AuthorizationQueryParametersError");
  EXPECT_EQ(
      refused(request("GET", presigned("60"), {{"Host", "h"}, {"x-amz-acl", "private"}})).code,
      "AccessDenied");
  EXPECT_EQ(refused(request("GET", presigned(""), {{"Host", "h"}}), SigningFamily::kQuery).code,
            "(none)");
}

TEST(SigV4, TakesThePayloadHashFromThePresignedQuery) {
  auto parsed = parse_signature(
      request("GET", presigned("60", "&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"), {{"Host", "h"}}),
      SigningFamily::kS3, "", &sha256_hex);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ((*parsed)->payload, PayloadMode::kUnsigned);
  EXPECT_EQ((*parsed)->expires_s, 60);
}

TEST(SigV4, DoesNotTrustTheBodyHashOfOtherServices) {
  auto parsed = parse_signature(
      request("POST", "/",
              {{"Host", "h"},
               {"x-amz-date", "20130524T000000Z"},
               {"x-amz-content-sha256", "UNSIGNED-PAYLOAD"},
               {"Authorization", authorization("host;x-amz-date", kSomeSignature)}}),
      SigningFamily::kJson, kEmptyHash, &sha256_hex);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ((*parsed)->payload_hash, kEmptyHash);
  EXPECT_EQ((*parsed)->payload, PayloadMode::kSigned);
}

TEST(SigV4Time, AllowsAQuarterOfAnHour) {
  SignedRequest r{.signed_at_ms = 1369353600000};
  for (auto family : {SigningFamily::kS3, SigningFamily::kQuery, SigningFamily::kJson}) {
    EXPECT_TRUE(check_time(r, family, r.signed_at_ms + 900'000).ok());
    EXPECT_TRUE(check_time(r, family, r.signed_at_ms - 900'000).ok());
    EXPECT_FALSE(check_time(r, family, r.signed_at_ms + 900'001).ok());
    EXPECT_FALSE(check_time(r, family, r.signed_at_ms - 900'001).ok());
  }
  auto s3 = check_time(r, SigningFamily::kS3, r.signed_at_ms + 1'000'000);
  EXPECT_EQ(s3.error().code, "RequestTimeTooSkewed");
  EXPECT_EQ(s3.error().details[2].value, "900000");
  EXPECT_EQ(check_time(r, SigningFamily::kQuery, r.signed_at_ms + 1'200'000).error().message,
            "Signature expired: 20130524T000000Z is now earlier than 20130524T000500Z "
            "(20130524T002000Z - 15 min.)");
  EXPECT_THAT(check_time(r, SigningFamily::kJson, r.signed_at_ms - 1'200'000).error().message,
              HasSubstr("Signature not yet current: 20130524T000000Z is still later than"));
}

TEST(SigV4Time, EndsPresignedRequests) {
  SignedRequest r{.presigned = true, .signed_at_ms = 1369353600000, .expires_s = 60};
  EXPECT_TRUE(check_time(r, SigningFamily::kS3, r.signed_at_ms + 60'000).ok());
  auto over = check_time(r, SigningFamily::kS3, r.signed_at_ms + 60'001);
  EXPECT_EQ(over.error().code, "AccessDenied");
  EXPECT_EQ(over.error().message, "Request has expired");
  EXPECT_EQ(over.error().details[0].value, "60");
  EXPECT_EQ(over.error().details[1].value, "2013-05-24T00:01:00Z");
  EXPECT_EQ(check_time(r, SigningFamily::kS3, r.signed_at_ms - 901'000).error().message,
            "Request is not yet valid");
  EXPECT_EQ(check_time(r, SigningFamily::kQuery, r.signed_at_ms + 61'000).error().code,
            "SignatureDoesNotMatch");
}

TEST(SigV4, TellsTheClientWhatWasSigned) {
  SignedRequest r{
      .scope = {"AKID"}, .signature = "ff", .canonical_request = "C", .string_to_sign = "AB"};
  Error e = signature_mismatch(r, SigningFamily::kS3);
  ASSERT_EQ(e.details.size(), 6u);
  EXPECT_EQ(e.details[0].value, "AKID");
  EXPECT_EQ(e.details[3].name, "StringToSignBytes");
  EXPECT_EQ(e.details[3].value, "41 42");
  EXPECT_EQ(signature_mismatch(r, SigningFamily::kJson).code, "InvalidSignatureException");
  EXPECT_TRUE(signature_mismatch(r, SigningFamily::kQuery).details.empty());
}

}  // namespace
}  // namespace coffer::protocol
