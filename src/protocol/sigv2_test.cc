#include "protocol/sigv2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/testing/signer.h"

namespace coffer::protocol {
namespace {

using testing::request;
using testing::sha256_hex;

Result<SignedRequest> parse(const net::Request& r, std::string_view virtual_bucket = {}) {
  auto parsed = parse_signature(r, SigningFamily::kS3, "", &sha256_hex, virtual_bucket);
  if (!parsed.ok()) return parsed.error();
  if (!parsed->has_value()) return Error{"(anonymous)", ""};
  return **parsed;
}

std::string text_of(std::string target, std::initializer_list<net::Header> headers = {},
                    std::string method = "GET") {
  auto parsed = parse(request(std::move(method),
                              target + (target.find('?') == std::string::npos ? "?" : "&") +
                                  "AWSAccessKeyId=A&Signature=s&Expires=5",
                              headers));
  return parsed.ok() ? parsed->string_to_sign : parsed.error().message;
}

// Source: S3 User Guide, "Signing and authenticating REST requests", the query string example.
TEST(SigV2, ReadsThePublishedExample) {
  auto parsed = parse(request("GET",
                              "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature="
                              "NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620",
                              {{"Host", "johnsmith.s3.amazonaws.com"}}),
                      "johnsmith");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->string_to_sign, "GET\n\n\n1175139620\n/johnsmith/photos/puppy.jpg");
  EXPECT_EQ(parsed->signature, "NpgCjnDzrM+WFzoENXmpNDUsSn8=");  // crypto/mac_test.cc computes it
  EXPECT_EQ(parsed->scope.access_key_id, "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(parsed->version, SignatureVersion::k2);
  EXPECT_EQ(parsed->payload, PayloadMode::kUnsigned);
}

TEST(SigV2, SignsSubresourcesAndHeaders) {
  EXPECT_EQ(text_of("/b/k?versionId=3%2F4&prefix=p&acl&response-content-type=text%2Fplain"),
            "GET\n\n\n5\n/b/k?acl&response-content-type=text/plain&versionId=3/4");
  EXPECT_EQ(text_of("/b/a%20b"), "GET\n\n\n5\n/b/a%20b");
  EXPECT_EQ(text_of("/b/k",
                    {{"Content-MD5", "m"},
                     {"Content-Type", "t"},
                     {"X-Amz-Meta-B", " 2 "},
                     {"x-amz-acl", "private"},
                     {"x-amz-meta-b", "3"}},
                    "PUT"),
            "PUT\nm\nt\n5\nx-amz-acl:private\nx-amz-meta-b:2,3\n/b/k");
  EXPECT_EQ(text_of("/b/k?content-type=t&x-amz-security-token=T&x-amz-meta-a=1",
                    {{"x-amz-meta-a", "1"}, {"x-amz-meta-c", "2"}}),
            "GET\n\nt\n5\nx-amz-meta-a:1\nx-amz-meta-c:2\nx-amz-security-token:T\n/b/k");
}

TEST(SigV2, TakesTheSessionTokenFromTheQuery) {
  auto parsed = parse(
      request("GET", "/b/k?AWSAccessKeyId=A&Signature=s&Expires=5&x-amz-security-token=T%2B", {}));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->session_token, "T+");
}

TEST(SigV2, NeedsAllThreeParameters) {
  for (std::string_view query : {"AWSAccessKeyId=A", "Signature=s", "AWSAccessKeyId=A&Signature=s",
                                 "AWSAccessKeyId=A&Expires=5", "Signature=s&Expires=5",
                                 "AWSAccessKeyId=&Signature=s&Expires=5"}) {
    auto parsed = parse(request("GET", fmt::format("/b/k?{}", query), {}));
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().code, "AccessDenied") << query;
    EXPECT_EQ(parsed.error().message,
              "Query-string authentication requires the Signature, Expires and AWSAccessKeyId "
              "parameters");
  }
  EXPECT_EQ(parse(request("GET", "/b/k?Expires=5", {})).error().code, "(anonymous)");
  for (std::string_view expires : {"x", "-1", "1.5", "99999999999999999999", "9999999999999"}) {
    auto parsed = parse(
        request("GET", fmt::format("/b/k?AWSAccessKeyId=A&Signature=s&Expires={}", expires), {}));
    EXPECT_EQ(parsed.error().code, "AccessDenied");
    EXPECT_EQ(parsed.error().message,
              fmt::format("Invalid date (should be seconds since epoch): {}", expires));
  }
}

// A presigner that moved two headers into the query signed a line for each: one parameter that
// holds the other's line makes the same text, and would do without the other.
TEST(SigV2, RefusesTheTextOfAnotherRequest) {
  constexpr std::string_view kRefusal = "Couldn't parse the specified URI.";
  EXPECT_EQ(text_of("/b/k?x-amz-acl=private%0Ax-amz-server-side-encryption%3AAES256"), kRefusal);
  EXPECT_EQ(text_of("/b/k?x-amz-acl%3Aprivate%0Ax-amz-z=1"), kRefusal);
  EXPECT_EQ(text_of("/b/k?x-amz-a%3Ab=1"), kRefusal);
  EXPECT_EQ(text_of("/b/k?x-amz-acl=a&X-Amz-Acl=b"), kRefusal);
  EXPECT_EQ(text_of("/b/k?x-amz-acl=a", {{"x-amz-acl", "b"}}), kRefusal);
  EXPECT_EQ(text_of("/b/k?content-type=a%0Ab"), kRefusal);
  EXPECT_EQ(text_of("/b/k?partNumber=1%26uploadId%3Dx"), kRefusal);
  EXPECT_EQ(text_of("/b/k?acl=a%26b%26versionId"), kRefusal);
  EXPECT_EQ(text_of("/b/k?versionId=1&versionId=2"), kRefusal);
  EXPECT_EQ(text_of("/b/k?response-content-disposition=a%26b%3Dc"),
            "GET\n\n\n5\n/b/k?response-content-disposition=a&b=c");
}

TEST(SigV2, Ends) {
  SignedRequest r{.version = SignatureVersion::k2, .presigned = true, .expires_s = 1000};
  EXPECT_TRUE(check_time(r, SigningFamily::kS3, 1'000'000).ok());
  auto over = check_time(r, SigningFamily::kS3, 1'000'001);
  EXPECT_EQ(over.error().code, "AccessDenied");
  EXPECT_EQ(over.error().message, "Request has expired");
  ASSERT_EQ(over.error().details.size(), 2u);
  EXPECT_EQ(over.error().details[0].name, "Expires");
  EXPECT_EQ(over.error().details[0].value, "1970-01-01T00:16:40Z");
}

TEST(SigV2, TellsTheClientWhatWasSigned) {
  SignedRequest r{
      .version = SignatureVersion::k2, .scope = {"AKID"}, .signature = "s", .string_to_sign = "AB"};
  Error e = signature_mismatch(r, SigningFamily::kS3);
  ASSERT_EQ(e.details.size(), 4u);
  EXPECT_EQ(e.details[3].name, "StringToSignBytes");
  EXPECT_EQ(e.details[3].value, "41 42");
}

}  // namespace
}  // namespace coffer::protocol
