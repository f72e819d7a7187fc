#include "protocol/post_policy.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "protocol/testing/signer.h"

namespace coffer::protocol {
namespace {

constexpr UnixMs kNow = 1451347200000;  // 2015-12-29T00:00:00Z

FormFields form(std::initializer_list<std::pair<std::string, std::string>> list) {
  FormFields out;
  for (const auto& [name, value] : list) out.add(name, value);
  return out;
}

std::string policy(std::string_view conditions) {
  return base64(
      fmt::format(R"({{"expiration": "2015-12-30T12:00:00Z", "conditions": [{}]}})", conditions));
}

// check answers the refusal's message, or "min-max".
std::string check(std::string_view field, const FormFields& fields, UnixMs now_ms = kNow) {
  auto parsed = PostPolicy::parse(field);
  if (!parsed.ok()) return parsed.error().code + " " + parsed.error().message;
  auto range = parsed->check(fields, "bkt", now_ms);
  if (!range.ok()) return range.error().code + " " + range.error().message;
  return range->max == UINT64_MAX ? "good" : fmt::format("{}-{}", range->min, range->max);
}

// Source: S3 API Reference, "Example: Browser-based upload using HTTP POST (using AWS Signature
// Version 4)": the policy as published, its signature, the form's fields.
constexpr std::string_view kPublished =
    "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7Im"
    "J1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2Vy"
    "MS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaH"
    "R0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAg"
    "ICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOi"
    "AiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQog"
    "ICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOi"
    "AiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1h"
    "bXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMD"
    "AwWiIgfQ0KICBdDQp9";

FormFields published() {
  return form(
      {{"key", "user/user1/photo.jpg"},
       {"acl", "public-read"},
       {"success_action_redirect",
        "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
       {"Content-Type", "image/jpeg"},
       {"x-amz-meta-uuid", "14365123651274"},
       {"x-amz-server-side-encryption", "AES256"},
       {"X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
       {"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
       {"X-Amz-Date", "20151229T000000Z"},
       {"x-amz-meta-tag", ""},
       {"Policy", std::string(kPublished)},
       {"X-Amz-Signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"}});
}

TEST(PostPolicy, TakesThePublishedExample) {
  const FormFields fields = published();
  auto sent = parse_form_signature(fields);
  ASSERT_TRUE(sent.ok() && sent->has_value());
  EXPECT_EQ(testing::sign((*sent)->scope, (*sent)->string_to_sign), (*sent)->signature);
  EXPECT_TRUE((*sent)->posted);
  auto parsed = PostPolicy::parse(kPublished);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_TRUE(parsed->check(fields, "sigv4examplebucket", kNow).ok());
  EXPECT_FALSE(parsed->check(fields, "another", kNow).ok());
  EXPECT_EQ(parsed->check(fields, "sigv4examplebucket", kNow + 40 * 3600 * 1000).error().message,
            "Invalid according to Policy: Policy expired.");
}

TEST(PostPolicy, ReadsVersion2) {
  auto sent =
      parse_form_signature(form({{"AWSAccessKeyId", "A"}, {"Policy", "p"}, {"Signature", "s"}}));
  ASSERT_TRUE(sent.ok() && sent->has_value());
  EXPECT_EQ((*sent)->version, SignatureVersion::k2);
  EXPECT_EQ((*sent)->string_to_sign, "p");
  EXPECT_FALSE(parse_form_signature(form({{"key", "k"}, {"policy", "p"}}))->has_value());
}

TEST(PostPolicy, NamesTheFieldThatIsMissing) {
  const auto message = [](const FormFields& fields) {
    return parse_form_signature(fields).error().details[0].value;
  };
  EXPECT_EQ(message(form({{"x-amz-algorithm", "a"}, {"policy", "p"}})), "X-Amz-Signature");
  EXPECT_EQ(message(form({{"x-amz-signature", "a"}, {"policy", "p"}})), "X-Amz-Algorithm");
  EXPECT_EQ(message(form({{"awsaccesskeyid", "a"}, {"policy", "p"}})), "Signature");
  EXPECT_EQ(message(form({{"signature", "a"}, {"policy", "p"}})), "AWSAccessKeyId");
  EXPECT_EQ(message(form({{"signature", "a"}, {"awsaccesskeyid", "A"}})), "Policy");
  EXPECT_EQ(parse_form_signature(form({{"signature", "a"}})).error().message,
            "Bucket POST must contain a field named 'AWSAccessKeyId'.  If it is specified, please "
            "check the order of the fields.");
  auto v4 = [](std::string credential, std::string date, std::string algorithm) {
    return form({{"x-amz-signature", "s"},
                 {"policy", "p"},
                 {"x-amz-credential", std::move(credential)},
                 {"x-amz-date", std::move(date)},
                 {"x-amz-algorithm", std::move(algorithm)}});
  };
  const std::string good = "A/20151229/us-east-1/s3/aws4_request";
  EXPECT_EQ(message(v4(good, "20151229T000000Z", "AWS4-HMAC-SHA1")), "X-Amz-Algorithm");
  EXPECT_EQ(message(v4(good, "yesterday", "AWS4-HMAC-SHA256")), "X-Amz-Date");
  EXPECT_EQ(message(v4("A/x", "20151229T000000Z", "AWS4-HMAC-SHA256")), "X-Amz-Credential");
  EXPECT_EQ(
      message(v4("/20151229/us-east-1/s3/aws4_request", "20151229T000000Z", "AWS4-HMAC-SHA256")),
      "X-Amz-Credential");
}

TEST(PostPolicy, HoldsTheFieldsAgainstItsConditions) {
  const FormFields fields = form({{"key", "up/a\"b"},
                                  {"Content-Type", "image/png, image/gif"},
                                  {"X-Amz-Meta-T", "v"},
                                  {"x-ignore-me", "1"},
                                  {"policy", "p"},
                                  {"signature", "s"},
                                  {"AWSAccessKeyId", "A"}});
  const std::string base =
      R"({"BuckeT": "bkt"}, ["StArTs-WiTh", "$Key", "up/"], ["starts-with", "$content-type", "image/"])";
  EXPECT_EQ(check(policy(base + R"(, {"x-amz-meta-t": "v"})"), fields), "good");
  EXPECT_EQ(
      check(policy(base + R"(, ["eq", "$x-amz-meta-t", "v"], ["content-length-range", 1, "10"],
                                    ["content-length-range", 2, 20])"),
            fields),
      "2-10");
  const std::string failed = "AccessDenied Invalid according to Policy: Policy Condition failed: ";
  EXPECT_EQ(check(policy(R"(["eq", "$Key", "up/a\"c"])"), fields),
            failed + R"(["eq", "$Key", "up/a\"c"])");
  EXPECT_EQ(check(policy(R"({"key": "other"})"), fields), failed + R"(["eq", "$key", "other"])");
  EXPECT_EQ(check(policy(R"(["eq", "key", "up/"])"), fields), failed + R"(["eq", "key", "up/"])");
  EXPECT_EQ(check(policy(R"({"bucket": "other"})"), fields),
            failed + R"(["eq", "$bucket", "other"])");
  EXPECT_EQ(check(policy(R"(["starts-with", "$Content-Type", "image/p"])"), fields),
            failed + R"(["starts-with", "$Content-Type", "image/p"])");
  EXPECT_EQ(check(policy(R"(["content-length-range", "test", "10"])"), fields),
            failed + R"(["content-length-range","test","10"])");
  EXPECT_EQ(check(policy(R"(["starts-with", "$absent", "x"])"), fields),
            failed + R"(["starts-with", "$absent", "x"])");
  const std::string extra = "AccessDenied Invalid according to Policy: Extra input fields: ";
  EXPECT_EQ(check(policy(base), fields), extra + "X-Amz-Meta-T");
  EXPECT_EQ(check(policy(R"(["starts-with", "$key", ""])"), fields),
            extra + "bucket, Content-Type, X-Amz-Meta-T");
}

TEST(PostPolicy, RefusesWhatIsNone) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"!", "invalid Base64 encoding."},
      {base64("{"), "Invalid JSON."},
      {base64("[]"), "Invalid JSON."},
      {base64("\xff"), "Invalid JSON."},
      {base64("{}"), "Policy missing expiration."},
      {base64(R"({"expiration": "2015-12-30T12:00:00Z"})"), "Policy missing conditions."},
      {base64(R"({"Version": "1"})"), "Unexpected: 'version'"},
      {base64(R"({"expiration": "2015-12-30T12:00:00Z", "conditions": {}})"),
       "Invalid 'conditions' value: must be a List."},
      {base64(R"({"expiration": "2015-12-30 12:00:00Z", "conditions": []})"),
       "Invalid 'expiration' value: '2015-12-30 12:00:00Z'"},
      {base64(R"({"expiration": "2015-12-30T12:00:00+02:00", "conditions": []})"),
       "Invalid 'expiration' value: '2015-12-30T12:00:00+02:00'"},
      {policy("{}"),
       "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."},
      {policy(R"({"a": "1", "b": "2"})"),
       "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."},
      {policy(R"({"a": 1})"), "Invalid Simple-Condition: value must be a string."},
      {policy(R"({"a": null})"), "Invalid JSON."},
      {policy("[]"), "Invalid Condition: missing operation identifier."},
      {policy(R"(["ne", "$a", "b"])"), "Invalid Condition: unknown operation 'ne'."},
      {policy(R"(["content-length-range", 0])"),
       "Invalid content-length-range: wrong number of arguments."},
      {policy(R"(["content-length-range", 0, 1.5])"), "Invalid JSON."},
      {policy(R"(["content-length-range", -1, 0])"), "Token - must be enclosed in quotes."},
      {policy(R"(["eq", "$a", ["b"]])"), "Invalid JSON."},
      {policy("1"), "Invalid condition test: must be a List or Object."},
      {base64(std::string(10'000, '[')), "Invalid JSON."}};
  for (const auto& [field, message] : cases) {
    auto parsed = PostPolicy::parse(field);
    ASSERT_FALSE(parsed.ok()) << message;
    EXPECT_EQ(parsed.error().code, "InvalidPolicyDocument");
    EXPECT_EQ(parsed.error().message, fmt::format("Invalid Policy: {}", message));
  }
}

}  // namespace
}  // namespace coffer::protocol
