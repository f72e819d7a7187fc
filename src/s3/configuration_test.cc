// The rows of configurations, tags and locks, byte by byte; and what locks and tags allow.
#include "s3/bucket/configuration.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "s3/object/record.h"

namespace coffer::s3 {
namespace {

TEST(BucketRecord, GoldenBytesOfConfigurations) {
  Bucket b;
  b.name = "bkt";
  b.instance = Id128::from("0123456789abcdef");
  const Bytes before = encode_bucket(b);
  configure(b, [](Configurations& c) {
    c.tags = {{"a", "b"}};
    c.cors.push_back({.id = "i", .origins = {"*"}, .methods = {"GET"}, .max_age_s = 300});
    c.public_access_block.reset();
    c.object_lock = true;
    c.default_retention = DefaultRetention{.mode = LockMode::kCompliance, .days = 3};
    c.lifecycle.push_back({.id = "r",
                           .enabled = true,
                           .form = LifecycleRule::Form::kOne,
                           .filter = {.prefix = "p/"},
                           .expiration_days = 7});
  });
  const Bytes row = encode_bucket_configurations(b);
  EXPECT_EQ(hex(row),
            "0105"
            "01050101610162"
            "021001016901012a"
            "0103474554"
            "0000"
            "01ac02"
            "03050001010101"
            "0504"
            "01020300"
            "0612"
            "01"
            "0172"
            "01"
            "02"
            "02702f"
            "00"
            "0000"
            "0107"
            "00"
            "00"
            "00"
            "00"
            "00");
  const Bytes head = encode_bucket(b);
  EXPECT_EQ(hex(head), "03" + hex(before).substr(2) +
                           "000101"
                           "20" +
                           hex(crypto::sha256(row).view()));
  auto back = decode_bucket(head, {}, row);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(configurations(*back), configurations(b));
  EXPECT_FALSE(decode_bucket(head, {}, {}).ok());
  EXPECT_FALSE(decode_bucket(before, {}, row).ok());
  for (size_t n = 0; n < row.size(); ++n)
    EXPECT_FALSE(decode_bucket(head, {}, ByteView(row).substr(0, n)).ok()) << n;
}

TEST(Record, GoldenBytesOfTagsAndLock) {
  Metadata m{.content_type = "t"};
  const Bytes plain = encode_metadata(m);
  m.tags = {{"k", "v"}};
  m.lock.retention = Retention{LockMode::kCompliance, 1790000000000};
  m.lock.legal_hold = true;
  const Bytes bytes = encode_metadata(m);
  EXPECT_EQ(hex(bytes), "02" + hex(plain).substr(2) +
                            "03"
                            "010501016b0176"
                            "020902000001a0c4506c00"
                            "030101");
  auto back = decode_metadata(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, m);
  EXPECT_EQ(hex(plain).substr(0, 2), "01");
  for (size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(decode_metadata(ByteView(bytes).substr(0, n)).ok()) << n;
}

TEST(ObjectLock, WhatIsLockedStays) {
  const UnixMs now = 1000;
  const auto locked = [](LockMode mode, UnixMs until) {
    return ObjectLock{.retention = Retention{mode, until}};
  };
  EXPECT_TRUE(judge_deletion({}, false, now).ok());
  EXPECT_FALSE(judge_deletion({.legal_hold = true}, true, now).ok());
  EXPECT_TRUE(judge_deletion({.legal_hold = false}, false, now).ok());
  EXPECT_FALSE(judge_deletion(locked(LockMode::kGovernance, 1001), false, now).ok());
  EXPECT_TRUE(judge_deletion(locked(LockMode::kGovernance, 1001), true, now).ok());
  EXPECT_FALSE(judge_deletion(locked(LockMode::kCompliance, 1001), true, now).ok());
  EXPECT_TRUE(judge_deletion(locked(LockMode::kCompliance, 1000), false, now).ok());

  const auto may = [&](LockMode from, std::optional<Retention> to, bool bypass) {
    return judge_retention(locked(from, 2000), to, bypass, now).ok();
  };
  const auto until = [](LockMode mode, UnixMs ms) { return Retention{mode, ms}; };
  EXPECT_TRUE(may(LockMode::kCompliance, until(LockMode::kCompliance, 2001), false));
  EXPECT_FALSE(may(LockMode::kCompliance, until(LockMode::kCompliance, 1999), true));
  EXPECT_FALSE(may(LockMode::kCompliance, until(LockMode::kGovernance, 3000), true));
  EXPECT_FALSE(may(LockMode::kCompliance, std::nullopt, true));
  EXPECT_TRUE(may(LockMode::kGovernance, until(LockMode::kGovernance, 2001), false));
  EXPECT_FALSE(may(LockMode::kGovernance, until(LockMode::kCompliance, 2001), false));
  EXPECT_TRUE(may(LockMode::kGovernance, until(LockMode::kCompliance, 2001), true));
  EXPECT_FALSE(may(LockMode::kGovernance, std::nullopt, false));
  EXPECT_TRUE(may(LockMode::kGovernance, std::nullopt, true));
}

TEST(Tags, WhatATagMayBe) {
  const auto code = [](TagList list, size_t max = kObjectTagsMax) {
    auto made = make_tags(list, max);
    return made.ok() ? std::string() : made.error().code;
  };
  EXPECT_EQ(code({{"Key 1+-=._:/@", ""}, {"k\xc3\xa9", "v"}}), "");
  EXPECT_EQ(code({{"", "v"}}), "InvalidTag");
  EXPECT_EQ(code({{std::string(129, 'k'), "v"}}), "InvalidTag");
  EXPECT_EQ(code({{"k", std::string(257, 'v')}}), "InvalidTag");
  EXPECT_EQ(code({{"k<", "v"}}), "InvalidTag");
  EXPECT_EQ(code({{"k\xff", "v"}}), "InvalidTag");
  EXPECT_EQ(code({{"aws:k", "v"}}), "InvalidTag");
  EXPECT_EQ(code({{"k", "v"}, {"k", "w"}}), "InvalidTag");
  TagList many;
  for (int i = 0; i < 11; ++i) many.emplace_back("k" + std::to_string(i), "v");
  EXPECT_EQ(code(many), "BadRequest");
  EXPECT_EQ(code(many, kBucketTagsMax), "");
}

}  // namespace
}  // namespace coffer::s3
