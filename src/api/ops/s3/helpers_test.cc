// The pure parts of S3's operations: names of copy sources, tokens, encodings, encryption
// configurations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/ops/s3/bucket_encryption.h"
#include "api/ops/s3/bucket_location.h"
#include "api/ops/s3/checksums.h"
#include "api/ops/s3/copy_source.h"
#include "api/ops/s3/object_write.h"
#include "api/ops/s3/pages.h"
#include "api/ops/s3/source_range.h"
#include "api/ops/s3/versions.h"

namespace coffer::api::s3_ops {
namespace {

using testing::HasSubstr;

template <class T>
std::string code_of(const Result<T>& result) {
  return result.ok() ? "" : result.error().code;
}

TEST(CopySource, IsReadWithAndWithoutSlash) {
  for (std::string_view sent :
       {"bucket/a%20key%2Fpart", "/bucket/a%20key/part", "%2Fbucket%2Fa%20key%2Fpart"}) {
    auto source = parse_copy_source(sent);
    ASSERT_TRUE(source.ok()) << sent;
    EXPECT_EQ(source->bucket, "bucket");
    EXPECT_EQ(source->key, "a key/part");
    EXPECT_FALSE(source->version_id);
  }
  auto version = parse_copy_source("b1b/key?x=%3F?versionId=null");
  ASSERT_TRUE(version.ok());
  EXPECT_EQ(version->key, "key?x=?");
  EXPECT_EQ(version->version_id, "null");
  EXPECT_EQ(parse_copy_source("b/a+b")->key, "a+b");
}

TEST(CopySource, RefusesWhatNamesNoObject) {
  for (std::string_view sent :
       {"", "/", "bucket", "bucket/", "//key", "arn:aws:s3:::b/k", "bucket/%zz"}) {
    auto source = parse_copy_source(sent);
    ASSERT_FALSE(source.ok()) << sent;
    EXPECT_EQ(source.error().code, "InvalidArgument");
    EXPECT_EQ(source.error().details.front().value, "x-amz-copy-source");
  }
}

TEST(SourceRange, LiesWithinTheSource) {
  EXPECT_EQ(*parse_source_range("bytes=5-9"), std::pair(uint64_t{5}, uint64_t{9}));
  for (const char* bad : {"5-9", "bytes=9-5", "bytes=-5", "bytes=5-", "bytes=1-2,4-5", ""})
    EXPECT_EQ(code_of(parse_source_range(bad)), "InvalidArgument") << bad;
  EXPECT_TRUE(checked_source_range("bytes=5-9", 10).ok());
  EXPECT_EQ(code_of(checked_source_range("bytes=5-10", 10)), "InvalidArgument");
  EXPECT_EQ(code_of(checked_source_range("bytes=10-11", 10)), "InvalidRequest");
}

TEST(Token, ComesBack) {
  const std::string last("a\n\xff/", 4);
  EXPECT_EQ(*parse_token(make_token(last), "continuation-token"), last);
  EXPECT_EQ(*parse_token(std::nullopt, "continuation-token"), "");
  for (const char* bad : {"", "not a token", "Zm9v"})
    EXPECT_EQ(code_of(parse_token(bad, "continuation-token")), "InvalidArgument") << bad;
}

TEST(KeyEncoding, EncodesWhereAskedFor) {
  EXPECT_EQ((*KeyEncoding::parse(std::nullopt))("a b\x01"), "a b\x01");
  EXPECT_EQ((*KeyEncoding::parse("url"))("a b/\x01+\xc3\xbc"), "a%20b/%01%2B%C3%BC");
  EXPECT_EQ(KeyEncoding::parse("url")->if_sent(std::nullopt), std::nullopt);
  EXPECT_EQ(code_of(KeyEncoding::parse("base64")), "InvalidArgument");
}

std::string rule(std::string_view inner) {
  return fmt::format(
      "<ServerSideEncryptionConfiguration "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>{}</Rule>"
      "</ServerSideEncryptionConfiguration>",
      inner);
}
std::string by_default(std::string_view algorithm, std::string_view key = {}) {
  return fmt::format(
      "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>{}</SSEAlgorithm>{}</"
      "ApplyServerSideEncryptionByDefault>",
      algorithm,
      key.empty() ? std::string() : fmt::format("<KMSMasterKeyID>{}</KMSMasterKeyID>", key));
}

TEST(BucketEncryption, TakesARule) {
  auto parsed = parse_configuration(
      rule(by_default("aws:kms", "alias/a") + "<BucketKeyEnabled>true</BucketKeyEnabled>"));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  const s3::BucketEncryption now = configured(*parsed, s3::BucketEncryption{.block_sse_c = true});
  EXPECT_TRUE(now.configured);
  EXPECT_EQ(now.algorithm, s3::Algorithm::kKms);
  EXPECT_EQ(now.kms_key_id, "alias/a");
  EXPECT_TRUE(now.bucket_key);
  EXPECT_TRUE(now.block_sse_c) << "what is not named stays";
  EXPECT_THAT(
      configuration_json(now),
      HasSubstr(R"("SSEAlgorithm":"aws:kms","KMSMasterKeyID":"alias/a"},"BucketKeyEnabled":true)"));
}

TEST(BucketEncryption, BlocksAndUnblocks) {
  auto parsed = parse_configuration(rule(
      "<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes>"));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  const s3::BucketEncryption before{.algorithm = s3::Algorithm::kKms, .kms_key_id = "k"};
  const s3::BucketEncryption now = configured(*parsed, before);
  EXPECT_FALSE(now.block_sse_c);
  EXPECT_EQ(now.algorithm, s3::Algorithm::kKms);
  EXPECT_EQ(now.kms_key_id, "k");
  EXPECT_EQ(shown(now, s3::BucketKind::kGeneralPurpose).rules.front().blocked->types,
            std::vector<std::string>{"NONE"});
  EXPECT_EQ(shown(before, s3::BucketKind::kGeneralPurpose).rules.front().blocked->types,
            std::vector<std::string>{"SSE-C"});
}

TEST(BucketEncryption, RefusesWhatIsNoConfiguration) {
  const std::string two = "<ServerSideEncryptionConfiguration><Rule>" + by_default("AES256") +
                          "</Rule><Rule>" + by_default("AES256") +
                          "</Rule></ServerSideEncryptionConfiguration>";
  EXPECT_EQ(code_of(parse_configuration(two)), "MalformedXML");
  EXPECT_EQ(code_of(parse_configuration("<ServerSideEncryptionConfiguration/>")), "MalformedXML");
  EXPECT_EQ(code_of(parse_configuration("<Other/>")), "MalformedXML");
  EXPECT_EQ(code_of(parse_configuration(rule(""))), "MalformedXML");
  EXPECT_EQ(code_of(parse_configuration(rule(by_default("aws:fsx")))), "MalformedXML");
  EXPECT_EQ(code_of(parse_configuration(rule(by_default("AES256", "k")))), "InvalidArgument");
  EXPECT_TRUE(parse_configuration(rule(by_default("aws:kms:dsse", "k"))).ok());
  EXPECT_EQ(code_of(parse_configuration("")), "MissingRequestBodyError");
}

TEST(Location, IsThisRegionOrNone) {
  EXPECT_TRUE(check_location(std::nullopt, "us-east-1").ok());
  EXPECT_EQ(code_of(check_location("us-east-1", "us-east-1")), "InvalidLocationConstraint");
  EXPECT_EQ(code_of(check_location("eu-central-1", "us-east-1")),
            "IllegalLocationConstraintException");
  EXPECT_TRUE(check_location("eu-central-1", "eu-central-1").ok());
  EXPECT_TRUE(check_location("EU", "eu-west-1").ok());
  EXPECT_EQ(code_of(check_location(std::nullopt, "eu-central-1")),
            "IllegalLocationConstraintException");
  EXPECT_EQ(code_of(check_location("nowhere", "eu-central-1")), "InvalidLocationConstraint");
}

TEST(Checksums, ShowTheirParts) {
  ChecksumElements out;
  show(s3::StoredChecksum{.algorithm = crypto::ChecksumAlgorithm::kCrc32,
                          .type = s3::ChecksumType::kComposite,
                          .value = Bytes(4, '\1'),
                          .parts = 3},
       out);
  EXPECT_EQ(out.crc32, "AQEBAQ==-3");
  EXPECT_EQ(out.type, "COMPOSITE");
  EXPECT_FALSE(out.sha256);
  EXPECT_EQ(code_of(parse_algorithm("md4")), "InvalidRequest");
  EXPECT_EQ(**parse_algorithm("crc32c"), crypto::ChecksumAlgorithm::kCrc32c);
  EXPECT_EQ(code_of(parse_type("WHOLE")), "InvalidRequest");
}

TEST(Headers, KeepWhatIsKeptAndRefuseTheRest) {
  ContentHeaders content;
  content.content_encoding = "aws-chunked,gzip";
  EXPECT_EQ(content.metadata().content_encoding, "gzip");
  EXPECT_EQ(content.metadata().content_type, "binary/octet-stream");
  constexpr auto kGeneral = s3::BucketKind::kGeneralPurpose;
  EXPECT_EQ(*content.stored_class(kGeneral), "STANDARD");
  EXPECT_EQ(*content.stored_class(s3::BucketKind::kDirectory), "EXPRESS_ONEZONE");
  content.storage_class = "GLACIER_IR";
  EXPECT_EQ(*content.stored_class(kGeneral), "GLACIER_IR");
  EXPECT_EQ(code_of(content.stored_class(s3::BucketKind::kDirectory)), "InvalidStorageClass");
  content.storage_class = "EXPRESS_ONEZONE";
  EXPECT_EQ(code_of(content.stored_class(kGeneral)), "InvalidStorageClass");

  Restrictions restrictions;
  restrictions.acl = "bucket-owner-full-control";
  EXPECT_TRUE(restrictions.check().ok());
  restrictions.acl = "public-read";
  EXPECT_EQ(code_of(restrictions.check()), "AccessControlListNotSupported");

  ObjectWrite write;
  write.at.bucket = "bucket";
  write.restrictions.write_offset = "0";
  EXPECT_EQ(code_of(check_write(write, true)), "NotImplemented");
  write.at.bucket = "bucket--use1-az4--x-s3";
  EXPECT_EQ(code_of(check_write(write)), "NotImplemented");
  EXPECT_TRUE(check_write(write, true).ok());
}

TEST(Headers, VersionsAndParts) {
  Bucket bucket;
  EXPECT_FALSE(version_in(bucket, std::nullopt)->has_value());
  EXPECT_TRUE((*version_in(bucket, "null"))->null);
  EXPECT_EQ(code_of(version_in(bucket, "")), "InvalidArgument");
  EXPECT_EQ(code_of(version_in(bucket, "v1")), "InvalidArgument");
  const std::string foreign(32, 'a');
  EXPECT_EQ(code_of(version_in(bucket, foreign)), "InvalidArgument");
  bucket.versioning = s3::Versioning::kSuspended;
  EXPECT_FALSE((*version_in(bucket, foreign))->null);
  EXPECT_EQ(*parse_part_number("10000"), 10000u);
  for (const char* bad : {"0", "10001", "-1", "one", ""})
    EXPECT_EQ(code_of(parse_part_number(bad)), "InvalidArgument") << bad;
}

}  // namespace
}  // namespace coffer::api::s3_ops
