#include <gtest/gtest.h>

#include "protocol/codec.h"
#include "protocol/secret_access.h"
#include "protocol/testing/shapes.h"

namespace coffer::protocol {
namespace {

using testing::Document;
using testing::shape_of;

Status decode(std::string_view text, Document& into) {
  return decode_json(text, shape_of<Document>(), &into);
}

Error refused(std::string_view text) {
  Document d;
  Status status = decode(text, d);
  return status.ok() ? Error{"(none)", ""} : status.error();
}

constexpr std::string_view kWhole =
    R"({"Name":"n\u00fc\"","KeySpec":"AES_128","Flag":true,"Number":7,"Real":1.5,"Time":1700000000.123,"Blob":"AAH/",)"
    R"("Secret":"c2VjcmV0","One":{"Key":"k"},"Tags":[{"Key":"a","Value":"b"},{"Key":"c"}],"Flat":[],"Texts":["a","b"],)"
    R"("Map":{"x":"y"},"Counts":{"n":3},"Inner":[{"Name":"deep","Tags":[],"Flat":[],"Texts":[],"Map":{},"Counts":{},"Inner":[]}]})";

TEST(JsonCodec, RoundTripsEveryKind) {
  Document d;
  Status status = decode(kWhole, d);
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(d.name, "n\xc3\xbc\"");
  EXPECT_EQ(d.time->ms, 1700000000123);
  EXPECT_EQ(d.blob->bytes, ByteView("\0\x01\xff", 3));
  EXPECT_EQ(d.secret->reveal(ResponseAccess::get()), "secret");
  EXPECT_EQ(d.tags[1].key, "c");
  EXPECT_EQ(d.counts.at("n"), 3);
  EXPECT_EQ(d.inner[0].name, "deep");
  std::string again = encode_json(shape_of<Document>(), &d);
  EXPECT_EQ(again, std::string(kWhole).replace(kWhole.find("\\u00fc"), 6, "\xc3\xbc"));
}

TEST(JsonCodec, WritesWholeSecondsWithoutFraction) {
  Document d;
  d.name = "n";
  d.time = Timestamp{1700000000000};
  EXPECT_NE(encode_json(shape_of<Document>(), &d).find("\"Time\":1700000000,"), std::string::npos);
}

TEST(JsonCodec, IgnoresUnknownMembersAndNulls) {
  Document d;
  EXPECT_TRUE(decode(R"({"Name":"n","Other":{"x":[1]},"Number":null})", d).ok());
  EXPECT_FALSE(d.number.has_value());
}

TEST(JsonCodec, RefusesWhatIsNotOfTheKind) {
  for (std::string_view text :
       {"[]", "x", "{", R"({"Name":1})", R"({"Name":{}})", R"({"Name":[]})",
        R"({"Name":"n","Flag":"true"})", R"({"Name":"n","Number":1.5})",
        R"({"Name":"n","Number":99999999999999999999})", R"({"Name":"n","Time":"now"})",
        R"({"Name":"n","Time":1e300})", R"({"Name":"n","Blob":"?"})", R"({"Name":"n","Tags":{}})",
        R"({"Name":"n","One":[]})", R"({"Name":"n","Map":{"a":1}})", "{\"Name\":\"\xff\"}"})
    EXPECT_EQ(refused(text).code, "SerializationException") << text;
  EXPECT_EQ(refused(R"({"Name":1})").message, "NUMBER_VALUE can not be converted to a String");
}

TEST(JsonCodec, SaysWhichConstraintFailed) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"{}",
       "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member "
       "must not be null"},
      {"",
       "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member "
       "must not be null"},
      {R"({"Name":"n","KeySpec":"x"})",
       "1 validation error detected: Value 'x' at 'keySpec' failed to satisfy constraint: Member "
       "must satisfy enum value set: "
       "[AES_256, AES_128]"},
      {R"({"Name":""})",
       "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must "
       "have length greater than or equal "
       "to 1"},
      {R"({"Name":"n","Number":1001})",
       "1 validation error detected: Value '1001' at 'number' failed to satisfy constraint: Member "
       "must have value less than or "
       "equal to 1000"},
      {R"({"Name":"n","Blob":"AAAAAAAAAAAAAAAAAAAAAAAA"})",
       "1 validation error detected: Value at 'blob' failed to satisfy constraint: Member must "
       "have length less than or equal to 16"},
      {R"({"Name":"n","Number":0,"Tags":[{"Key":"123456789"},null]})",
       "3 validation errors detected: Value '0' at 'number' failed to satisfy constraint: Member "
       "must have value greater than or "
       "equal to 1; Value '123456789' at 'tags.1.member.key' failed to satisfy constraint: Member "
       "must have length less than or "
       "equal to 8; Value null at 'tags.2.member' failed to satisfy constraint: Member must not be "
       "null"},
      {R"({"Name":"n","Texts":["a","z"]})",
       "1 validation error detected: Value 'z' at 'texts.2.member' failed to satisfy constraint: "
       "Member must satisfy enum value "
       "set: [a, b, c]"},
  };
  for (const auto& [text, message] : cases) {
    Error e = refused(text);
    EXPECT_EQ(e.code, "ValidationException");
    EXPECT_EQ(e.message, message);
  }
  EXPECT_EQ(
      refused(
          "{\"Name\":"
          "\"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\"}")
          .code,
      "(none)");
}

TEST(JsonCodec, BoundsItsRefusal) {
  std::string text = "{\"Name\":\"n\",\"Texts\":[null";
  for (int i = 0; i < 10'000; ++i) text += ",null";
  EXPECT_LT(refused(text + "]}").message.size(), 20'000u);
}

TEST(JsonCodec, BoundsTheDepth) {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += R"({"Name":"n","Inner":[)";
  EXPECT_EQ(refused(deep).code, "SerializationException");
  EXPECT_EQ(refused(std::string(1 << 20, '[')).code, "SerializationException");
  EXPECT_EQ(refused(R"({"Name":"[[\"{{"})").code, "(none)");
}

TEST(JsonCodec, WritesErrors) {
  EXPECT_EQ(encode_json_error({"NotFoundException", "Key \"x\""}),
            R"({"__type":"NotFoundException","message":"Key \"x\""})");
  EXPECT_EQ(encode_json_error({"InvalidCiphertextException", ""}),
            R"({"__type":"InvalidCiphertextException"})");
}

TEST(JsonCodec, LendsItsSentencesToOperations) {
  Error e = constraint_error(ConstraintStyle::kJson, "x y", "aliasName",
                             "satisfy regular expression pattern: ^a$");
  EXPECT_EQ(e.code, "ValidationException");
  EXPECT_EQ(e.message,
            "1 validation error detected: Value 'x y' at 'aliasName' failed to satisfy constraint: "
            "Member must satisfy regular "
            "expression pattern: ^a$");
}

}  // namespace
}  // namespace coffer::protocol
