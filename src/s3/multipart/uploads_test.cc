#include "s3/multipart/uploads.h"

#include "base/encoding.h"
#include "s3/testing/fixture.h"

namespace coffer::s3 {
namespace {
using testing::World;
constexpr size_t k5MiB = 5 << 20;

struct Story {
  explicit Story(testing::Config config = {}, Plan plan = World::plan(Algorithm::kKms, true))
      : w(config) {
    bucket = w.make_bucket("bucket");
    for (;;) {
      auto made = sync_wait(w.s3->uploads().create(
          w.caller, {.bucket = bucket, .key = "key", .plan = plan, .checksum_algorithm = algorithm},
          type, "", ""));
      if (!made && made.error().code == "SlowDown") continue;
      EXPECT_TRUE(made.ok());
      upload = std::move(*made);
      break;
    }
  }
  Result<PartFacts> part(uint32_t n, const Bytes& body, Claims claims = {}) {
    for (;;) {
      auto done = sync_wait(w.s3->uploads().put_part(
          w.caller,
          {.bucket = bucket, .key = "key", .upload = upload, .number = n, .claims = claims},
          std::make_shared<testing::TextSource>(body, 1 << 20), body.size()));
      if (done || done.error().code != "SlowDown") return done;
    }
  }
  Result<ObjectFacts> complete(std::vector<ClaimedPart> parts) {
    return sync_wait(w.s3->uploads().complete(
        w.caller, {.bucket = bucket, .key = "key", .parts = std::move(parts)}, upload));
  }
  World w;
  BucketPtr bucket;
  Upload upload;
  std::optional<crypto::ChecksumAlgorithm> algorithm;
  std::optional<ChecksumType> type;
};

TEST(Uploads, PartsBecomeOneObject) {
  for (auto plan : {World::plan(Algorithm::kAes256), World::plan(Algorithm::kKms, true)}) {
    Story s({}, plan);
    const Bytes one = s.w.text(k5MiB), two = s.w.text(k5MiB + 12345), three = s.w.text(100);
    ASSERT_TRUE(s.part(7, three).ok());
    ASSERT_TRUE(s.part(2, s.w.text(50)).ok());  // replaced
    auto p2 = s.part(2, two), p1 = s.part(1, one), p9 = s.part(9, three);
    ASSERT_TRUE(p1.ok() && p2.ok() && p9.ok());
    auto done = s.complete({{1, p1->etag}, {2, "\"" + p2->etag + "\""}, {9, p9->etag}});
    ASSERT_TRUE(done.ok()) << done.error().message;
    EXPECT_TRUE(done->head.etag.ends_with("-3"));
    const Bytes whole = one + two + three;
    EXPECT_TRUE(*s.w.get(s.bucket, "key") == whole);
    EXPECT_TRUE(*s.w.get(s.bucket, "key", "bytes=5242870-5242890") == whole.substr(5242870, 21));
    crypto::Checksum crc(crypto::ChecksumAlgorithm::kCrc64Nvme);
    crc.update(whole);
    EXPECT_EQ(done->checksum->value, crc.value());
    s.w.clock.advance(store::kGarbageDelayMs + 1000);
    ASSERT_TRUE(
        sync_wait(s.w.s3->sweep()).ok());  // the parts that were not used go; the object's stay
    EXPECT_TRUE(*s.w.get(s.bucket, "key") == whole);
    EXPECT_EQ(sync_wait(s.w.s3->uploads().find(s.bucket, "key", s.upload.id)).error().code,
              "NoSuchUpload");
  }
}

// A part that was sent again after the completion was begun: the row as the completion knew it is
// out of date, and it chooses anew.
TEST(Uploads, APartReplacedMeanwhileIsSeen) {
  Story s;
  auto first = s.part(1, "first");
  const Upload stale = s.upload;
  auto second = s.part(1, "second");
  s.upload = stale;
  EXPECT_EQ(s.complete({{1, first->etag}}).error().code, "InvalidPart");
  auto done = s.complete({{1, second->etag}});
  ASSERT_TRUE(done.ok()) << done.error().code;
  s.w.clock.advance(store::kGarbageDelayMs + 1000);
  ASSERT_TRUE(sync_wait(s.w.s3->sweep()).ok());
  EXPECT_EQ(*s.w.get(s.bucket, "key"), "second");
}

TEST(Uploads, Refusals) {
  Story s;
  auto small = s.part(1, "small"), other = s.part(2, "other");
  EXPECT_EQ(s.complete({}).error().code, "InvalidRequest");
  EXPECT_EQ(s.complete({{2, other->etag}, {1, small->etag}}).error().code, "InvalidPartOrder");
  EXPECT_EQ(s.complete({{1, small->etag}, {3, other->etag}}).error().code, "InvalidPart");
  EXPECT_EQ(s.complete({{1, other->etag}}).error().code, "InvalidPart");
  EXPECT_EQ(s.complete({{0, other->etag}}).error().code, "InvalidArgument");
  EXPECT_EQ(s.complete({{1, small->etag}, {2, other->etag}}).error().code, "EntityTooSmall");
  EXPECT_EQ(
      s.part(1, "x", {.algorithm = crypto::ChecksumAlgorithm::kCrc32, .checksum = Bytes(4, '\0')})
          .error()
          .code,
      "BadDigest");
  ASSERT_TRUE(sync_wait(s.w.s3->uploads().abort(s.bucket, "key", s.upload)).ok());
  EXPECT_EQ(s.part(1, "x").error().code, "NoSuchUpload");
  EXPECT_EQ(s.complete({{1, small->etag}}).error().code, "NoSuchUpload");
}

TEST(Uploads, ListPages) {
  Story s;
  for (uint32_t n : {3, 1, 5, 10000}) ASSERT_TRUE(s.part(n, "x").ok());
  auto page =
      sync_wait(s.w.s3->uploads().list(s.w.caller, s.bucket, "key", s.upload, 0, 2, nullptr));
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->parts.size(), 2u);
  EXPECT_TRUE(page->truncated);
  EXPECT_EQ(page->parts[1].number, 3u);
  page = sync_wait(s.w.s3->uploads().list(s.w.caller, s.bucket, "key", s.upload, 3, 1000, nullptr));
  ASSERT_EQ(page->parts.size(), 2u);
  EXPECT_EQ(page->parts[1].number, 10000u);
  EXPECT_FALSE(page->truncated);
}

TEST(Uploads, UnderConflictsAndUnknownOutcomes) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    Story s({.faults = store::FaultRates{.conflict = 0.15, .unknown = 0.15, .seed = seed},
             .seed = seed});
    Bytes whole;
    std::vector<ClaimedPart> parts;
    for (int n = 1; n <= 3; ++n) {
      const Bytes body = s.w.text(n < 3 ? k5MiB : 77777);
      auto done = s.part(uint32_t(n), body);
      ASSERT_TRUE(done.ok()) << done.error().code;
      parts.push_back({n, done->etag});
      whole += body;
    }
    auto done = s.complete(parts);
    ASSERT_TRUE(done.ok()) << done.error().code;
    EXPECT_TRUE(*s.w.get(s.bucket, "key") == whole);
  }
}

TEST(Uploads, ABucketWithUploadsUnderWayCanGo) {
  Story s;
  ASSERT_TRUE(s.part(1, s.w.text(k5MiB)).ok());
  audit::Draft d = s.w.draft();
  ASSERT_TRUE(sync_wait(s.w.s3->buckets().remove("bucket", s.bucket->value.instance, d)).ok());
  EXPECT_TRUE(sync_wait(s.w.store->meta().partitions("index/"))->empty());
}

}  // namespace
}  // namespace coffer::s3
