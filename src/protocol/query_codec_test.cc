#include <gtest/gtest.h>

#include "protocol/codec.h"
#include "protocol/secret_access.h"
#include "protocol/testing/shapes.h"

namespace coffer::protocol {
namespace {

using testing::Document;
using testing::shape_of;

Status decode(std::string_view text, Document& into) {
  auto form = parse_form(text);
  if (!form.ok()) return form.error();
  return decode_query(*form, shape_of<Document>(), &into);
}

Error refused(std::string_view text) {
  Document d;
  Status status = decode(text, d);
  return status.ok() ? Error{"(none)", ""} : status.error();
}

TEST(QueryCodec, ReadsAForm) {
  Form form = *parse_form("Action=ListUsers&a=b+c%2b&&empty&x=%C3%BC");
  ASSERT_EQ(form.size(), 4u);
  EXPECT_EQ(form[1].second, "b c+");
  EXPECT_EQ(form[2].first, "empty");
  EXPECT_EQ(form[3].second, "\xc3\xbc");
  EXPECT_EQ(parse_form("a=%zz").error().code, "MalformedQueryString");
  EXPECT_EQ(parse_form("a=%ff").error().code, "MalformedQueryString");
}

TEST(QueryCodec, ReadsEveryKind) {
  Document d;
  Status status = decode(
      "Name=n&KeySpec=AES_256&Flag=true&Number=7&Real=1.5&Time=2023-11-14T22:13:20Z&Blob=AAH%2F&"
      "Secret=pass&One.Key=k&"
      "Tags.member.2.Key=c&Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.10.Key=d&Flat.1."
      "Key=f&Texts.Text.1=a&"
      "Map.entry.1.key=x&Map.entry.1.value=y&Counts.entry.1.key=n&Counts.entry.1.value=3&Inner."
      "member.1.Name=deep",
      d);
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(d.time->ms, 1700000000000);
  EXPECT_EQ(d.secret->reveal(ResponseAccess::get()), "pass");
  ASSERT_EQ(d.tags.size(), 3u);
  EXPECT_EQ(d.tags[0].value, "b");
  EXPECT_EQ(d.tags[2].key, "d");
  EXPECT_EQ(d.flat[0].key, "f");
  EXPECT_EQ(d.texts, std::vector<std::string>{"a"});
  EXPECT_EQ(d.map.at("x"), "y");
  EXPECT_EQ(d.counts.at("n"), 3);
  EXPECT_EQ(d.inner[0].name, "deep");
}

TEST(QueryCodec, ReadsAnEmptyList) {
  Document d;
  EXPECT_TRUE(decode("Name=n&Tags=", d).ok());
  EXPECT_TRUE(d.tags.empty());
}

TEST(QueryCodec, RefusesInTheServicesWords) {
  EXPECT_EQ(refused("Number=x&Name=n").code, "MalformedInput");
  EXPECT_EQ(refused("Name=n&One=flat").code, "ValidationError");
  Error e = refused("Tags.member.1.Key=123456789");
  EXPECT_EQ(e.code, "ValidationError");
  EXPECT_EQ(e.message,
            "2 validation errors detected: Value null at 'name' failed to satisfy constraint: "
            "Member must not be null; Value "
            "'123456789' at 'tags.1.member.key' failed to satisfy constraint: Member must have "
            "length less than or equal to 8");
}

TEST(QueryCodec, BoundsTheDepth) {
  std::string name;
  for (int i = 0; i < 100; ++i) name += "Inner.member.1.";
  EXPECT_EQ(refused(name + "Name=n").code, "MalformedInput");
}

TEST(QueryCodec, WritesAnAnswer) {
  Document d;
  d.name = "<n>";
  d.time = Timestamp{1700000000123};
  d.secret = Secret::copy_of("wJ&");
  d.tags.push_back({"a", "b"});
  d.texts = {"a"};
  d.map["x"] = "y";
  EXPECT_EQ(
      encode_query("GetUser", "https://iam.amazonaws.com/doc/2010-05-08/", shape_of<Document>(), &d,
                   "id"),
      "<GetUserResponse "
      "xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetUserResult><Name>&lt;n&gt;</Name>"
      "<Time>2023-11-14T22:13:20Z</Time><Secret>wJ&amp;</Secret><Tags><member><Key>a</"
      "Key><Value>b</Value></member></Tags>"
      "<Texts><Text>a</Text></Texts><Map><entry><key>x</key><value>y</value></entry></"
      "Map><Counts></Counts><Inner></Inner>"
      "</GetUserResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></"
      "GetUserResponse>\n");
  EXPECT_EQ(encode_query("DeleteUser", "", {}, nullptr, "id"),
            "<DeleteUserResponse><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></"
            "DeleteUserResponse>\n");
}

TEST(QueryCodec, WritesErrors) {
  EXPECT_EQ(
      encode_query_error({"NoSuchEntity", "The user with name x cannot be found."}, "ns", true,
                         "id"),
      "<ErrorResponse xmlns=\"ns\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The "
      "user with name x cannot be "
      "found.</Message></Error><RequestId>id</RequestId></ErrorResponse>\n");
}

}  // namespace
}  // namespace coffer::protocol
