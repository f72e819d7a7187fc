#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/codec.h"
#include "protocol/header_text.h"
#include "protocol/testing/shapes.h"

namespace coffer::protocol {
namespace {

using testing::Document;
using ::testing::HasSubstr;
using testing::shape_of;
using testing::Tag;

struct Sse {
  std::optional<std::string> algorithm;
  std::optional<bool> bucket_key;
  static constexpr auto shape() {
    return fields(header<&Sse::algorithm>("x-amz-server-side-encryption"),
                  header<&Sse::bucket_key>("x-amz-server-side-encryption-bucket-key-enabled"));
  }
};
struct Put {
  std::string bucket, key, owner;
  std::optional<int64_t> max_keys;
  std::optional<Timestamp> modified_since, retain_until;
  std::vector<std::string> attributes;
  std::optional<std::string> checksum;
  std::map<std::string, std::string> metadata;
  Sse sse;
  static constexpr auto shape() {
    return fields(
        path<&Put::bucket>("Bucket"), path<&Put::key>("Key"),
        header<&Put::owner>("x-amz-owner", {.required = false, .values = "me|you"}),
        query<&Put::max_keys>("max-keys", {.min = 0, .max = 1000}),
        header<&Put::modified_since>("If-Modified-Since"),
        header<&Put::retain_until>("x-amz-object-lock-retain-until-date", {.iso8601 = true}),
        header<&Put::attributes>("x-amz-object-attributes", {.values = "ETag|Size"}),
        header<&Put::checksum>("x-amz-checksum-crc32"),
        prefix_headers<&Put::metadata>("x-amz-meta-"), group<&Put::sse>());
  }
};
struct Configuration {
  std::vector<Tag> rules;
  std::optional<std::string> status;
  static constexpr auto shape() {
    return fields(body<&Configuration::rules>("Rule", {.flattened = true}),
                  body<&Configuration::status>("Status", {.values = "Enabled|Disabled"}));
  }
};
struct WithPayload {
  Configuration configuration;
  static constexpr auto shape() {
    return fields(payload<&WithPayload::configuration>("Configuration", {.required = true}));
  }
};
struct WithBlob {
  Blob policy;
  static constexpr auto shape() { return fields(payload<&WithBlob::policy>("Policy")); }
};
struct WithText {
  std::string location;
  static constexpr auto shape() {
    return fields(payload<&WithText::location>("LocationConstraint"));
  }
};

struct Sent {
  RestParts parts{.labels = {{"Bucket", "b"}, {"Key", "k"}}};
  net::Headers headers;
  Status into(Put& put) {
    parts.headers = &headers;
    return decode_rest(parts, shape_of<Put>(), &put);
  }
};

TEST(RestCodec, ReadsLabelsQueryAndHeaders) {
  Sent sent;
  sent.parts.query = {{"max-keys", "10"}};
  sent.headers.add("IF-MODIFIED-SINCE", "Fri, 24 May 2013 00:00:00 GMT");
  sent.headers.add("x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00.5Z");
  sent.headers.add("X-Amz-Object-Attributes", "ETag, Size");
  sent.headers.add("X-Amz-Meta-Color", "=?UTF-8?B?w7w=?=");
  sent.headers.add("x-amz-meta-color", "red");
  sent.headers.add("x-amz-server-side-encryption", "aws:kms");
  sent.headers.add("x-amz-server-side-encryption-bucket-key-enabled", "TRUE");
  Put put;
  Status status = sent.into(put);
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(put.bucket + "/" + put.key, "b/k");
  EXPECT_EQ(put.max_keys, 10);
  EXPECT_EQ(put.modified_since->ms, 1369353600000);
  EXPECT_EQ(put.retain_until->ms % 1000, 500);
  EXPECT_EQ(put.attributes, (std::vector<std::string>{"ETag", "Size"}));
  EXPECT_EQ(put.metadata.at("color"), "\xc3\xbc,red");
  EXPECT_EQ(put.sse.algorithm, "aws:kms");
  EXPECT_TRUE(*put.sse.bucket_key);
}

TEST(RestCodec, TakesHoistedHeadersOfPresignedRequestsOnly) {
  Sent sent;
  sent.parts.query = {{"x-amz-server-side-encryption", "aws:kms"},
                      {"x-amz-checksum-crc32", "AAAAAA=="},
                      {"x-amz-meta-a", "1"}};
  Put plain, presigned;
  ASSERT_TRUE(sent.into(plain).ok());
  EXPECT_FALSE(plain.sse.algorithm.has_value());
  EXPECT_TRUE(plain.metadata.empty());
  sent.parts.query.emplace_back("X-Amz-Signature", "f");
  ASSERT_TRUE(sent.into(presigned).ok());
  EXPECT_EQ(presigned.sse.algorithm, "aws:kms");
  EXPECT_EQ(presigned.metadata.at("a"), "1");
  EXPECT_FALSE(presigned.checksum.has_value());
}

TEST(RestCodec, RefusesParametersAsS3Does) {
  struct Case {
    std::string name, value, message;
  };
  const Case queries[] = {
      {"max-keys", "x", "Provided max-keys not an integer or within integer range"},
      {"max-keys", "9999999999999999999999",
       "Provided max-keys not an integer or within integer range"},
      {"max-keys", "-1", "Argument max-keys must be an integer between 0 and 1000"}};
  for (const Case& c : queries) {
    Sent sent;
    sent.parts.query = {{c.name, c.value}};
    Put put;
    Status status = sent.into(put);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, "InvalidArgument");
    EXPECT_EQ(status.error().message, c.message);
    EXPECT_EQ(status.error().details[1].value, c.value);
  }
  for (const auto& [name, value] : {std::pair{"x-amz-owner", "they"},
                                    {"x-amz-object-attributes", "ETag,Other"},
                                    {"x-amz-server-side-encryption-bucket-key-enabled", "yes"}}) {
    Sent sent;
    sent.headers.add(name, value);
    Put put;
    EXPECT_EQ(sent.into(put).error().code, "InvalidArgument") << name;
  }
  Sent odd;
  odd.headers.add("if-modified-since", "never");
  Put put;
  EXPECT_TRUE(odd.into(put).ok());
  EXPECT_FALSE(put.modified_since.has_value());
}

Status decode_payload(std::string_view text, WithPayload& into) {
  return decode_rest({.body = text}, shape_of<WithPayload>(), &into);
}

TEST(RestCodec, ReadsXmlPayloads) {
  for (std::string_view text : {"<Configuration "
                                "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><Key>a</"
                                "Key></Rule><Rule><Key> </Key></Rule>"
                                "<Status>Enabled</Status></Configuration>",
                                "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- c & d "
                                "--><s3:Configuration xmlns:s3=\"x\">\n <s3:Rule><s3:Key>a</s3:Key>"
                                "</s3:Rule>\n<Unknown><Status/></Unknown><Rule><Key><![CDATA[ "
                                "]]></Key></Rule><Status>Ena<!-- -->bled</Status>"
                                "</s3:Configuration>\n"}) {
    WithPayload p;
    Status status = decode_payload(text, p);
    ASSERT_TRUE(status.ok()) << status.error().message;
    ASSERT_EQ(p.configuration.rules.size(), 2u);
    EXPECT_EQ(p.configuration.rules[1].key, " ");
    EXPECT_EQ(p.configuration.status, "Enabled");
  }
}

TEST(RestCodec, RefusesMalformedXml) {
  std::string deep = "<Configuration>";
  for (int i = 0; i < 40; ++i) deep += "<x>";
  for (int i = 0; i < 40; ++i) deep += "</x>";
  std::string hostile = "<Configuration>";
  for (int i = 0; i < 200'000; ++i) hostile += "<x>";
  for (std::string text :
       {std::string("x"), std::string("<Configuration>"), std::string("<Other/>"),
        std::string("<!DOCTYPE x [<!ENTITY e SYSTEM "
                    "\"file:///etc/passwd\">]><Configuration><Status>&e;</Status></Configuration>"),
        std::string("<!DOCTYPE x><Configuration/>"),
        std::string("<Configuration/><Configuration/>"),
        std::string("<Configuration><Status>&e;</Status></Configuration>"),
        std::string("<Configuration><Status>&#0;</Status></Configuration>"),
        std::string("<Configuration><Status>&#xD800;</Status></Configuration>"),
        std::string(
            "<Configuration><Status>Enabled</Status><Status>Disabled</Status></Configuration>"),
        std::string("<Configuration><Status>enabled</Status></Configuration>"),
        std::string("<Configuration>text</Configuration>"),
        std::string("<Configuration><Rule><Value>no key</Value></Rule></Configuration>"),
        std::string("<Configuration><Rule><Key>123456789</Key></Rule></Configuration>"),
        std::string("<Configuration>\xff</Configuration>"),
        std::string("<Configuration>\0</Configuration>", 32), deep + "</Configuration>", hostile}) {
    WithPayload p;
    Status status = decode_payload(text, p);
    ASSERT_FALSE(status.ok()) << text.substr(0, 100);
    EXPECT_EQ(status.error().code, "MalformedXML");
  }
  WithPayload p;
  EXPECT_EQ(decode_payload("", p).error().code, "MissingRequestBodyError");
}

TEST(RestCodec, RoundTripsEveryKindThroughXml) {
  Document d, again;
  d.name = "a&<>\"\r";
  d.flag = true;
  d.number = 7;
  d.real = 1.5;
  d.time = Timestamp{1700000000123};
  d.blob = Blob{"\x01"};
  d.one = Tag{"k", ""};
  d.tags = {{"a", "b"}, {"c", {}}};
  d.flat = {{"f", {}}, {"g", {}}};
  d.texts = {"a", "c"};
  d.map = {{"x", "<y>"}};
  d.counts = {{"n", -3}};
  d.inner.emplace_back().name = "deep";
  RestAnswer answer = encode_rest("Document", "ns", shape_of<Document>(), &d);
  EXPECT_THAT(
      answer.body,
      ::testing::StartsWith(
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"ns\"><Name>a&amp;"));
  EXPECT_THAT(answer.body, HasSubstr("<Time>2023-11-14T22:13:20.123Z</Time>"));
  EXPECT_THAT(answer.body,
              HasSubstr("<Flat><Key>f</Key></Flat><Flat><Key>g</Key></Flat><Texts><Text>a</Text>"));
  Status status = decode_rest({.body = answer.body}, shape_of<Document>(), &again);
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(encode_rest("Document", "ns", shape_of<Document>(), &again).body, answer.body);
}

TEST(RestCodec, WritesHeaders) {
  Put put;
  put.owner = "me\r\nx-evil: 1";
  put.modified_since = Timestamp{1369353600000};
  put.retain_until = Timestamp{1369353600000};
  put.attributes = {"ETag", "Size"};
  put.metadata = {{"color", "\xc3\xbc"}, {"plain", "a b"}};
  put.sse.bucket_key = true;
  RestAnswer answer = encode_rest("", "", shape_of<Put>(), &put);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.headers.get("x-amz-owner"), "me  x-evil: 1");
  EXPECT_EQ(answer.headers.get("if-modified-since"), "Fri, 24 May 2013 00:00:00 GMT");
  EXPECT_EQ(answer.headers.get("x-amz-object-lock-retain-until-date"), "2013-05-24T00:00:00.000Z");
  EXPECT_EQ(answer.headers.get("x-amz-object-attributes"), "ETag, Size");
  EXPECT_EQ(answer.headers.get("x-amz-meta-color"), "=?UTF-8?B?w7w=?=");
  EXPECT_EQ(answer.headers.get("x-amz-meta-plain"), "a b");
  EXPECT_EQ(answer.headers.get("x-amz-server-side-encryption-bucket-key-enabled"), "true");
  EXPECT_FALSE(answer.headers.find("x-amz-server-side-encryption").has_value());
}

TEST(RestCodec, CarriesPayloads) {
  WithBlob blob;
  ASSERT_TRUE(decode_rest({.body = "{\"Statement\":[]}"}, shape_of<WithBlob>(), &blob).ok());
  EXPECT_EQ(encode_rest("", "", shape_of<WithBlob>(), &blob).body, "{\"Statement\":[]}");
  WithText text{"eu-central-1"};
  EXPECT_EQ(encode_rest("", "", shape_of<WithText>(), &text).body, "eu-central-1");
  EXPECT_THAT(encode_rest("LocationConstraint", "ns", shape_of<WithText>(), &text).body,
              HasSubstr("<LocationConstraint xmlns=\"ns\">eu-central-1</LocationConstraint>"));
  WithPayload payload;
  payload.configuration.rules.push_back({"a", {}});
  EXPECT_THAT(encode_rest("", "ns", shape_of<WithPayload>(), &payload).body,
              HasSubstr("<Configuration xmlns=\"ns\"><Rule><Key>a</Key></Rule></Configuration>"));
}

struct Grantee {
  std::string type;
  std::optional<std::string> id;
  static constexpr auto shape() {
    return fields(body<&Grantee::type>("xsi:type"), body<&Grantee::id>("ID"));
  }
};
struct Acl {
  std::optional<Grantee> grantee;
  static constexpr auto shape() { return fields(body<&Acl::grantee>("Grantee")); }
};

TEST(RestCodec, CarriesTheTypeOfAGranteeAsAnAttribute) {
  Acl acl{Grantee{"CanonicalUser", "7"}}, again;
  Bytes body = encode_rest("Acl", "", shape_of<Acl>(), &acl).body;
  EXPECT_THAT(body, HasSubstr("<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                              "xsi:type=\"CanonicalUser\"><ID>7"));
  ASSERT_TRUE(decode_rest({.body = body}, shape_of<Acl>(), &again).ok());
  EXPECT_EQ(again.grantee->type, "CanonicalUser");
  EXPECT_FALSE(
      decode_rest({.body = "<Acl><Grantee><ID>7</ID></Grantee></Acl>"}, shape_of<Acl>(), &again)
          .ok());
}

struct Customer {
  std::optional<Secret> key;
  static constexpr auto shape() { return fields(header<&Customer::key>("x-amz-key", {.max = 4})); }
};

TEST(RestCodec, ShowsNoSecretInARefusal) {
  net::Headers headers;
  headers.add("x-amz-key", "hunter2");
  Customer customer;
  Status status = decode_rest({.headers = &headers}, shape_of<Customer>(), &customer);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().details[1].value, "");
}

TEST(RestCodec, RefusesHoistedMetadataThatIsNoHeader) {
  Sent sent;
  sent.parts.query = {{"X-Amz-Signature", "f"}, {"x-amz-meta-a\r\nb", "1"}};
  Put put;
  EXPECT_EQ(sent.into(put).error().code, "InvalidArgument");
}

TEST(RestCodec, WritesErrors) {
  EXPECT_EQ(
      encode_s3_error(Error{"NoSuchKey", "The specified key does not exist."}.with("Key", "a<\x01"),
                      "", "r", "h"),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The "
      "specified key does not exist."
      "</Message><Key>a&lt;&#x1;</Key><RequestId>r</RequestId><HostId>h</HostId></Error>");
  EXPECT_THAT(encode_s3control_error({"NoSuchJob", "m"}, "r", "h"),
              HasSubstr("<ErrorResponse><Error><Code>NoSuchJob</Code><Message>m</Message></"
                        "Error><RequestId>r</RequestId>"));
}

TEST(RestCodec, EscapesAnyText) {
  EXPECT_EQ(xml_escape("a\t\n\r'\"&<>\x7f\x80\xc3\xbc"),
            "a\t\n&#xd;'&quot;&amp;&lt;&gt;&#x7f;\xef\xbf\xbd\xc3\xbc");
}

TEST(HeaderText, TurnsWordsBothWays) {
  for (std::string_view text : {"plain", "\xc3\xbc mlaut", "tab\t", ""})
    EXPECT_EQ(decode_words(encode_words(text)), text);
  EXPECT_EQ(decode_words("a =?UTF-8?Q?=C3=BC_x?= b"), "a \xc3\xbc x b");
  EXPECT_EQ(decode_words("=?UTF-8?B?YQ==?= =?utf-8?b?Yg==?="), "ab");
  for (std::string_view odd :
       {"=?", "=?UTF-8?B?!!?=", "=?latin1?B?YQ==?=", "=?UTF-8?B?/w==?=", "=?UTF-8?X?a?="})
    EXPECT_EQ(decode_words(odd), odd);
}

}  // namespace
}  // namespace coffer::protocol
