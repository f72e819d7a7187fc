#include "s3/object/objects.h"

#include "base/encoding.h"
#include "s3/testing/fixture.h"

namespace coffer::s3 {
namespace {
using testing::World;

const std::vector<size_t> kSizes = {0,     1,      15,     4096,   16384,  16385,   65535,  65536,
                                    65537, 131072, 262143, 262144, 262145, 1000000, 5000000};

TEST(Objects, EverySizeUnderEveryEncryptionComesBack) {
  World w;
  auto bucket = w.make_bucket("bucket");
  for (auto plan : {World::plan(Algorithm::kAes256), World::plan(Algorithm::kKms),
                    World::plan(Algorithm::kKms, true), World::plan(Algorithm::kKmsDsse),
                    World::plan(Algorithm::kCustomer)}) {
    for (size_t size : kSizes) {
      const Bytes body = w.text(size);
      auto facts = w.put(bucket, "key", body, plan);
      ASSERT_TRUE(facts.ok()) << facts.error().message;
      if (plan.algorithm == Algorithm::kAes256)
        EXPECT_EQ(facts->head.etag, hex(crypto::digest(crypto::Hash::kMd5, body)));
      else
        EXPECT_NE(facts->head.etag, hex(crypto::digest(crypto::Hash::kMd5, body)));
      auto got = w.get(bucket, "key", {}, plan.customer_key);
      ASSERT_TRUE(got.ok()) << got.error().message;
      EXPECT_TRUE(*got == body) << size;
    }
  }
}

// Neither the customer's key nor the key service's, nor the service's own, opens alone.
TEST(Objects, ACustomersKeyOpensItsObjectAlone) {
  World w;
  auto bucket = w.make_bucket("bucket");
  const Plan mine = World::plan(Algorithm::kCustomer), other = World::plan(Algorithm::kCustomer);
  ASSERT_TRUE(w.put(bucket, "key", "content", mine).ok());
  ASSERT_TRUE(w.put(bucket, "plain", "content").ok());
  const auto code = [&](const std::string& key, const CustomerKeyPtr& sent) {
    auto got = w.get(bucket, key, {}, sent);
    return got.ok() ? std::string("none") : got.error().code;
  };
  EXPECT_EQ(code("key", mine.customer_key), "none");
  EXPECT_EQ(code("key", other.customer_key), "AccessDenied");
  EXPECT_EQ(code("key", nullptr), "InvalidRequest");
  EXPECT_EQ(code("plain", mine.customer_key), "InvalidRequest");
}

TEST(Record, TwoLayersKeepTheirInnerKey) {
  Head h;
  h.envelope.algorithm = Algorithm::kKmsDsse;
  h.envelope.inner_key = "inner";
  auto back = decode_head(encode_head(h));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->envelope.inner_key, "inner");
  EXPECT_EQ(back->envelope.layers(), 2u);
  h.envelope.algorithm = Algorithm::kKms;
  EXPECT_EQ(encode_head(*back).size(), encode_head(h).size() + 6);
}

void check_ranges(Algorithm algorithm) {
  World w;
  auto bucket = w.make_bucket("bucket");
  const Bytes body = w.text(1000003);
  const Plan plan = World::plan(algorithm, algorithm == Algorithm::kKms);
  ASSERT_TRUE(w.put(bucket, "key", body, plan).ok());
  SeededRandom r(7);
  for (int i = 0; i < 200; ++i) {
    const uint64_t first = r.u64() % body.size(), last = first + r.u64() % (body.size() - first);
    auto got = w.get(bucket, "key", fmt::format("bytes={}-{}", first, last));
    ASSERT_TRUE(got.ok());
    ASSERT_TRUE(*got == body.substr(first, last - first + 1)) << first << "-" << last;
  }
  EXPECT_EQ(*w.get(bucket, "key", "bytes=-5"), body.substr(body.size() - 5));
  EXPECT_EQ(*w.get(bucket, "key", "bytes=1000000-"), body.substr(1000000));
  EXPECT_EQ(w.get(bucket, "key", "bytes=1000003-").error().code, "InvalidRange");
  EXPECT_EQ(*w.get(bucket, "key", "bytes=5-2"), body);
}

TEST(Objects, RangesOfLargeObjects) {
  for (Algorithm algorithm : {Algorithm::kKms, Algorithm::kKmsDsse}) check_ranges(algorithm);
}

TEST(Objects, WrongLengthAndWrongDigestLeaveNothing) {
  World w;
  auto bucket = w.make_bucket("bucket");
  WriteOptions o{.bucket = bucket, .key = "key"};
  for (size_t claimed : {9, 11, 20000, 300000}) {
    auto done = sync_wait(w.s3->objects().put(
        w.caller, o, std::make_shared<testing::TextSource>(Bytes(10, 'x')), claimed));
    EXPECT_EQ(done.error().code, "IncompleteBody") << claimed;
  }
  Claims claims{.content_md5 = Bytes(16, 'x')};
  EXPECT_EQ(w.put(bucket, "key", "body", {}, claims).error().code, "BadDigest");
  claims = {.algorithm = crypto::ChecksumAlgorithm::kCrc32, .checksum = Bytes(4, 'x')};
  EXPECT_EQ(w.put(bucket, "key", "body", {}, claims).error().code, "BadDigest");
  EXPECT_EQ(w.get(bucket, "key").error().code, "NoSuchKey");
}

TEST(Objects, ABucketKeySavesCallsAndNeverADecision) {
  World w;
  auto bucket = w.make_bucket("bucket");
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(w.put(bucket, std::to_string(i), "body", World::plan(Algorithm::kKms, true)).ok());
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(w.get(bucket, std::to_string(i)).ok());
  EXPECT_EQ(w.kms.generated, 1);
  EXPECT_EQ(w.kms.decrypted, 0);
  EXPECT_EQ(w.kms.cached, 99);
  w.caller.principal.access_key_id =
      "AKIAOTHER";  // another credential gets the key by a call of its own
  ASSERT_TRUE(w.get(bucket, "1").ok());
  EXPECT_EQ(w.kms.decrypted, 1);
  w.kms.denied = true;
  EXPECT_EQ(w.get(bucket, "1").error().code, "AccessDenied");
  EXPECT_EQ(w.put(bucket, "1", "x", World::plan(Algorithm::kKms, true)).error().code,
            "AccessDenied");
  w.kms.denied = false;
  w.kms.disabled = true;
  EXPECT_EQ(w.get(bucket, "1").error().code, "KMS.DisabledException");
  w.kms.disabled = false;
  w.kms.key_generation = 2;  // the key changed: what is cached is dropped
  ASSERT_TRUE(w.get(bucket, "1").ok());
  EXPECT_EQ(w.kms.decrypted, 2);
}

TEST(Objects, WithoutABucketKeyEachUseIsACall) {
  World w;
  auto bucket = w.make_bucket("bucket");
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(w.put(bucket, std::to_string(i), "body", World::plan(Algorithm::kKms)).ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(w.get(bucket, std::to_string(i)).ok());
  EXPECT_EQ(w.kms.generated, 5);
  EXPECT_EQ(w.kms.decrypted, 5);
}

TEST(Objects, CopiesReencryptAndKeepTheContent) {
  World w;
  auto bucket = w.make_bucket("bucket");
  const Bytes body = w.text(400000);
  ASSERT_TRUE(w.put(bucket, "from", body).ok());
  CopyOptions o{.target = {.bucket = bucket, .key = "to", .plan = World::plan(Algorithm::kKms)},
                .source_bucket = bucket,
                .source_key = "from"};
  ASSERT_TRUE(sync_wait(w.s3->objects().copy(w.caller, World::tls(), o, [](const Head*) {
                return Error{"NoSuchKey", ""};
              })).ok());
  EXPECT_TRUE(*w.get(bucket, "to") == body);
  o.target.key = "from";
  o.target.plan = World::plan(Algorithm::kAes256);
  EXPECT_EQ(sync_wait(w.s3->objects().copy(w.caller, World::tls(), o,
                                           [](const Head*) { return Error{"NoSuchKey", ""}; }))
                .error()
                .code,
            "InvalidRequest");
  o.target.plan = World::plan(Algorithm::kKms);
  o.target.plan.by_request = true;
  ASSERT_TRUE(sync_wait(w.s3->objects().copy(w.caller, World::tls(), o, [](const Head*) {
                return Error{"NoSuchKey", ""};
              })).ok());
  EXPECT_TRUE(*w.get(bucket, "from") == body);
}

TEST(Objects, WriteConditions) {
  World w;
  auto bucket = w.make_bucket("bucket");
  auto put = [&](WriteConditions c) {
    WriteOptions o{.bucket = bucket, .key = "key"};
    o.conditions = c;
    return sync_wait(
        w.s3->objects().put(w.caller, o, std::make_shared<testing::TextSource>("x"), 1));
  };
  EXPECT_EQ(put({.if_match = "\"e\""}).error().code, "NoSuchKey");
  auto first = put({.if_none_match = "*"});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(put({.if_none_match = "*"}).error().code, "PreconditionFailed");
  EXPECT_EQ(put({.if_match = "\"e\""}).error().code, "PreconditionFailed");
  EXPECT_TRUE(put({.if_match = "\"" + first->head.etag + "\""}).ok());
}

// A row moved to another name, and every kind of damage to a row, is refused.
TEST(Objects, RowsAreBoundToTheirPlace) {
  World w({.shards = 1});
  auto bucket = w.make_bucket("bucket");
  ASSERT_TRUE(w.put(bucket, "a", "content of a").ok());
  ASSERT_TRUE(w.put(bucket, "b", "content of b").ok());
  auto raw = sync_wait(w.store->meta().get(bucket->value.shard(0), head_row("a")));
  const Bytes row = **raw;
  auto plant = [&](std::string key, Bytes value) {
    store::Batch batch;
    batch.in = bucket->value.shard(0);
    batch.puts.push_back({head_row(key), std::move(value)});
    EXPECT_EQ(sync_wait(w.store->meta().commit(std::move(batch))), store::Commit::kDone);
  };
  plant("b", row);
  EXPECT_EQ(w.get(bucket, "b").error().code, "InternalError");
  for (size_t i = 0; i < row.size(); i += 3) {
    Bytes bad = row;
    bad[i] = char(bad[i] ^ 0x20);
    plant("a", bad);
    EXPECT_EQ(w.get(bucket, "a").error().code, "InternalError") << i;
  }
  plant("a", row);
  EXPECT_TRUE(w.get(bucket, "a").ok());
}

TEST(Objects, ABucketMadeAgainHoldsNothingOfTheFirst) {
  World w;
  auto bucket = w.make_bucket("bucket");
  ASSERT_TRUE(w.put(bucket, "key", "x").ok());
  audit::Draft d = w.draft();
  EXPECT_EQ(sync_wait(w.s3->buckets().remove("bucket", bucket->value.instance, d)).error().code,
            "BucketNotEmpty");
  ASSERT_TRUE(sync_wait(w.s3->objects().remove(bucket, "key", {}))->has_value());
  audit::Draft d2 = w.draft();
  ASSERT_TRUE(sync_wait(w.s3->buckets().remove("bucket", bucket->value.instance, d2)).ok());
  EXPECT_EQ(w.put(bucket, "key", "x").error().code, "NoSuchBucket");
  auto again = w.make_bucket("bucket");
  EXPECT_EQ(w.get(again, "key").error().code, "NoSuchKey");
  EXPECT_EQ(w.put(bucket, "key", "x").error().code, "NoSuchBucket");
}

TEST(Listing, LongNamesAreNoBrokenInvariant) {
  World w;
  auto bucket = w.make_bucket("bucket");
  ASSERT_TRUE(w.put(bucket, "b", "x").ok());
  for (size_t n : {1024, 1025, 5000}) {
    EXPECT_TRUE(sync_wait(w.s3->listing().list({.bucket = bucket, .prefix = std::string(n, 'b')}))
                    ->items.empty());
    EXPECT_EQ(sync_wait(w.s3->listing().list({.bucket = bucket, .after = std::string(n, 'a')}))
                  ->items.size(),
              1u);
    EXPECT_TRUE(sync_wait(w.s3->listing().list({.bucket = bucket, .after = std::string(n, 'c')}))
                    ->items.empty());
  }
}

TEST(Record, HeadGoldenBytes) {
  Head h;
  h.object_id = Id128::from("0123456789abcdef");
  h.modified_ms = 1790000000000;
  h.bytes = 5;
  h.etag = "5d41402abc4b2a76b9719d911017c592";
  h.envelope.key_arn = "arn";
  h.envelope.algorithm = Algorithm::kKms;
  h.extent_count = 1;
  h.extent = Extent{.id = Id128::from("fedcba9876543210"), .plain_bytes = 5, .in_row = true};
  h.metadata = Metadata{.content_type = "text/plain"};
  const Bytes bytes = encode_head(h);
  EXPECT_EQ(hex(bytes),
            "01303132333435363738396162636465660101000001a0c4506c0005203564343134303261626334623261"
            "3736623937313964393131303137633539"
            "3200085354414e44415244020361726e000000000000000000000000000000000000000000000000000000"
            "0000000000000000000000000000000000"
            "00000000000000000000000000000000000000000000000000000100000000000000000000000000000000"
            "0000000000000000000000000000000001"
            "66656463626139383736353433323130050000000000000000000000000000000000000000000000000000"
            "0000000000000100000114010a74657874"
            "2f706c61696e0000000000000000");
  auto back = decode_head(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(encode_head(*back), bytes);
  for (size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(decode_head(ByteView(bytes).substr(0, n)).ok()) << n;
}

}  // namespace
}  // namespace coffer::s3
