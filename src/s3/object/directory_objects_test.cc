// Directory buckets in the room itself: their record, their plan, appends and renames where the
// store reports conflicts and unknown outcomes.
#include "base/encoding.h"
#include "s3/testing/fixture.h"

namespace coffer::s3 {
namespace {
using testing::Config;
using testing::World;

Bucket directory_bucket() {
  Bucket b;
  b.name = "b--use1-az4--x-s3";
  b.kind = BucketKind::kDirectory;
  b.owner = "123456789012";
  b.region = "us-east-1";
  return b;
}

BucketPtr make_directory(World& w) {
  for (;;) {
    audit::Draft d = w.draft();
    auto made = sync_wait(w.s3->buckets().create(directory_bucket(), d));
    if (made) return *made;
    if (made.error().code == "BucketAlreadyOwnedByYou")
      return w.s3->buckets().find(directory_bucket().name);
  }
}

TEST(DirectoryBuckets, NamesTellTheirZone) {
  EXPECT_EQ(zone_of_name("b--use1-az4--x-s3"), "use1-az4");
  EXPECT_EQ(zone_of_name("a-b--c--usw2-lax1-az1--x-s3"), "usw2-lax1-az1");
  for (std::string_view bad :
       {"b", "b--x-s3", "--use1-az4--x-s3", "B--use1-az4--x-s3", "b----x-s3", "b.c--use1-az4--x-s3",
        "-b--use1-az4--x-s3", "xn--b--z--x-s3", "b--use1-az4-x-s3", "b--use1-az4---x-s3"})
    EXPECT_FALSE(zone_of_name(bad)) << bad;
  EXPECT_FALSE(zone_of_name(std::string(60, 'a') + "--z--x-s3"));
}

// docs/formats/bucket.md, 03.
TEST(DirectoryBuckets, KeepTheBytesOfTheirRecord) {
  Bucket b = directory_bucket();
  b.instance = Id128::from("0123456789abcdef");
  b.zone = "use1-az4";
  b.created_ms = 1000;
  b.life_key_arn = "arn:k";
  const Bytes raw = encode_bucket(b);
  const std::string text = hex(raw);
  EXPECT_EQ(text.substr(0, 2 + 36 + 32 + 4),
            "03"
            "11622d2d757365312d617a342d2d782d7333"
            "30313233343536373839616263646566"
            "0202");
  EXPECT_TRUE(text.ends_with("0561726e3a6b"));
  auto back = decode_bucket(raw, {}, {});
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->life_key_arn, "arn:k");
  EXPECT_EQ(back->arn(), "arn:aws:s3express:us-east-1:123456789012:bucket/b--use1-az4--x-s3");
  EXPECT_FALSE(decode_bucket(ByteView(raw).substr(0, raw.size() - 1), {}, {}).ok());
}

TEST(DirectoryBuckets, PlanUnderTheKeyOfTheirLife) {
  Bucket b = directory_bucket();
  const auto planned = [&](SseRequest r, std::optional<SessionEncryption> session = {}) {
    auto p = plan(r, b, session);
    if (!p) return p.error().code;
    return std::string(algorithm_name(p->algorithm)) + (p->bucket_key ? "+" : "");
  };
  EXPECT_EQ(planned({}), "AES256");
  EXPECT_EQ(planned({.algorithm = "aws:kms"}), "InvalidRequest");
  b.life_key_arn = "arn:aws:kms:us-east-1:123456789012:key/k1";
  b.encryption.algorithm = Algorithm::kKms;
  EXPECT_EQ(planned({}), "aws:kms+");
  EXPECT_EQ(planned({.algorithm = "AES256"}), "AES256");
  EXPECT_EQ(planned({.algorithm = "aws:kms", .kms_key_id = "k1"}), "aws:kms+");
  EXPECT_EQ(planned({.algorithm = "aws:kms", .kms_key_id = b.life_key_arn}), "aws:kms+");
  for (const char* other : {"k2", "1", "alias/aws/s3", ""})
    EXPECT_EQ(planned({.algorithm = "aws:kms", .kms_key_id = other}), "InvalidRequest") << other;
  EXPECT_EQ(planned({.algorithm = "aws:kms", .bucket_key = "false"}), "InvalidRequest");
  EXPECT_EQ(planned({.algorithm = "aws:kms:dsse"}), "InvalidRequest");
  EXPECT_EQ(planned({.kms_key_id = "k1"}), "InvalidRequest");
  const auto context = [&](std::string arn) {
    return base64(R"({"aws:s3express:arn":")" + arn + "\"}");
  };
  EXPECT_EQ(planned({.algorithm = "aws:kms", .context = context(b.arn())}), "aws:kms+");
  EXPECT_EQ(planned({.algorithm = "aws:kms", .context = context(b.arn() + "x")}), "InvalidRequest");
  const SessionEncryption plain{Algorithm::kAes256}, usual{};
  EXPECT_EQ(planned({}, plain), "AES256");
  EXPECT_EQ(planned({}, usual), "aws:kms+");
  EXPECT_EQ(planned({.algorithm = "aws:kms"}, plain), "InvalidRequest");
  EXPECT_EQ(planned({.algorithm = "AES256"}, usual), "InvalidRequest");
}

Result<ObjectFacts> append(World& w, const BucketPtr& bucket, const Bytes& piece, uint64_t offset) {
  WriteOptions o{.bucket = bucket, .key = "log"};
  return sync_wait(w.s3->objects().append(
      w.caller, o, offset, std::make_shared<testing::TextSource>(piece), piece.size()));
}

TEST(DirectoryObjects, AppendsAddUpWhateverTheStoreReports) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    World w(
        {.faults = store::FaultRates{.conflict = 0.1, .unknown = 0.1, .seed = seed}, .seed = seed});
    auto bucket = make_directory(w);
    Bytes whole;
    for (size_t n = 0; n < 80; ++n) {
      const Bytes piece = w.text(n % 9 == 0 ? 70'000 : n + 1);
      for (;;) {
        auto done = append(w, bucket, piece, whole.size());
        if (done) {
          EXPECT_EQ(done->head.bytes, whole.size() + piece.size());
          break;
        }
        // Told to try again, a client looks how long the object is.
        if (done.error().code == "InvalidWriteOffset") break;
        ASSERT_EQ(done.error().code, "SlowDown");
      }
      whole += piece;
      if (n % 20 == 0) ASSERT_TRUE(w.get(bucket, "log").ok());
    }
    auto got = w.get(bucket, "log");
    ASSERT_TRUE(got.ok()) << got.error().message;
    EXPECT_TRUE(*got == whole);
    auto range = w.get(bucket, "log", "bytes=69990-70100");
    ASSERT_TRUE(range.ok());
    EXPECT_TRUE(*range == whole.substr(69990, 111));
  }
}

TEST(DirectoryObjects, RenamesMoveAndLoseNothing) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    World w(
        {.faults = store::FaultRates{.conflict = 0.1, .unknown = 0.1, .seed = seed}, .seed = seed});
    auto bucket = make_directory(w);
    const Bytes body = w.text(seed % 2 ? 100 : 200'000);
    ASSERT_TRUE(w.put(bucket, "0", body).ok());
    for (int n = 0; n < 20; ++n) {
      Index::Renaming r{.source = std::to_string(n),
                        .target = std::to_string(n + 1),
                        .token = fmt::format("t{}", n)};
      const auto any = [](const std::optional<StoredHead>&) { return ok_status(); };
      r.judge_source = any;
      r.judge_target = any;
      ASSERT_TRUE(sync_wait(w.s3->index().rename(bucket, r)).ok());
      ASSERT_TRUE(sync_wait(w.s3->index().rename(bucket, r)).ok()) << "again, under its token";
      r.what[0] = 1;
      EXPECT_EQ(sync_wait(w.s3->index().rename(bucket, r)).error().code,
                "IdempotencyParameterMismatch");
      EXPECT_EQ(w.get(bucket, r.source).error().code, "NoSuchKey");
    }
    auto got = w.get(bucket, "20");
    ASSERT_TRUE(got.ok());
    EXPECT_TRUE(*got == body);
    EXPECT_EQ(*sync_wait(w.s3->index().forget_renames(bucket, 1000)), 0u);
    w.clock.advance_business(61 * 60 * 1000);
    for (size_t forgotten = 0; forgotten < 20;) {
      auto swept = sync_wait(w.s3->index().forget_renames(bucket, 7));
      if (swept) forgotten += *swept;
      ASSERT_LE(forgotten, 20u + 7);
      if (swept && *swept == 0) break;
    }
  }
}

}  // namespace
}  // namespace coffer::s3
