// The S3 room against a plain map, over four shards, with random conflicts and unknown outcomes.
#include "base/encoding.h"
#include "s3/testing/fixture.h"

namespace coffer::s3 {
namespace {
using testing::World;

std::string random_key(Random& r) {
  static const char* const kParts[] = {"a",     "b", "a/", "b/",   "ab", "/",
                                       "a/b/c", "é", "z",  "\x01", " "};
  std::string key;
  for (uint64_t n = 1 + r.u64() % 3; n > 0; --n) key += kParts[r.u64() % std::size(kParts)];
  return key;
}

// expected is the listing that S3 promises, computed from the whole map.
Listed expected(const std::map<std::string, Bytes>& model, const ListOptions& o) {
  Listed out;
  std::set<std::string> seen;
  for (const auto& [key, body] : model) {
    if (!key.starts_with(o.prefix)) continue;
    const size_t cut = o.delimiter.empty() ? key.npos : key.find(o.delimiter, o.prefix.size());
    const std::string name = cut == key.npos ? key : key.substr(0, cut + o.delimiter.size());
    if (name <= o.after || (cut != key.npos && seen.contains(name))) continue;
    if (out.items.size() + out.common_prefixes.size() == o.max) {
      out.truncated = true;
      break;
    }
    if (cut == key.npos)
      out.items.push_back({key, {}});
    else
      out.common_prefixes.push_back(*seen.insert(name).first);
    out.last = name;
  }
  return out;
}

void compare_listing(World& w, const BucketPtr& bucket, const std::map<std::string, Bytes>& model,
                     Random& r) {
  static const char* const kPrefixes[] = {"", "a", "a/", "b", "zz"};
  ListOptions o{.bucket = bucket,
                .prefix = kPrefixes[r.u64() % std::size(kPrefixes)],
                .max = 1 + r.u64() % 7};
  if (r.u64() % 2) o.delimiter = "/";
  for (;;) {
    auto got = sync_wait(w.s3->listing().list(o));
    ASSERT_TRUE(got.ok());
    const Listed want = expected(model, o);
    ASSERT_EQ(got->items.size(), want.items.size()) << o.prefix << "|" << o.after;
    for (size_t i = 0; i < want.items.size(); ++i) EXPECT_EQ(got->items[i].key, want.items[i].key);
    EXPECT_EQ(got->common_prefixes, want.common_prefixes);
    ASSERT_EQ(got->truncated, want.truncated);
    if (!got->truncated) return;
    EXPECT_EQ(got->last, want.last);
    o.after = got->last;
  }
}

void play(uint64_t seed, std::optional<store::FaultRates> faults) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  World w({.shards = 4, .faults = faults, .seed = seed});
  auto bucket = w.make_bucket("bucket");
  ASSERT_TRUE(bucket);
  SeededRandom r(seed);
  std::map<std::string, Bytes> model;
  for (int step = 0; step < 300; ++step) {
    const std::string key = random_key(r);
    switch (r.u64() % 8) {
      case 0:
      case 1:
      case 2:
      case 3: {
        const Bytes body = r.bytes(r.u64() % 4 == 0 ? 20000 + r.u64() % 200000 : r.u64() % 300);
        auto plan = World::plan(r.u64() % 2 ? Algorithm::kKms : Algorithm::kAes256, r.u64() % 2);
        if (plan.algorithm == Algorithm::kAes256) plan.bucket_key = false;
        auto done = w.put(bucket, key, body, plan);
        ASSERT_TRUE(done.ok()) << done.error().code << " " << done.error().message;
        model[key] = body;
        break;
      }
      case 4: {
        auto done = sync_wait(w.s3->objects().remove(bucket, key, {}));
        ASSERT_TRUE(done.ok());
        model.erase(key);
        break;
      }
      case 5:
      case 6: {
        auto got = w.get(bucket, key);
        auto want = model.find(key);
        if (want == model.end())
          EXPECT_EQ(got.error().code, "NoSuchKey");
        else
          ASSERT_TRUE(got.ok() && *got == want->second);
        break;
      }
      default:
        compare_listing(w, bucket, model, r);
    }
  }
  int64_t objects = 0, bytes = 0, want_bytes = 0;
  for (uint32_t i = 0; i < bucket->value.shards; ++i) {
    objects += *sync_wait(w.store->meta().sum(bucket->value.shard(i), "objects"));
    bytes += *sync_wait(w.store->meta().sum(bucket->value.shard(i), "bytes"));
  }
  for (const auto& [key, body] : model) want_bytes += int64_t(body.size());
  EXPECT_EQ(objects, int64_t(model.size()));
  EXPECT_EQ(bytes, want_bytes);
  for (const auto& [key, body] : model) ASSERT_TRUE(*w.get(bucket, key) == body);
  w.clock.advance(store::kGarbageDelayMs + 1000);  // what was replaced goes; what is there stays
  ASSERT_TRUE(sync_wait(w.s3->sweep()).ok());
  for (const auto& [key, body] : model) ASSERT_TRUE(*w.get(bucket, key) == body);
  std::vector<store::BlobRef> blobs = *sync_wait(w.store->blobs().all(""));
  size_t large = 0;
  for (const auto& [key, body] : model) large += body.size() > kInlineBytesMax;
  EXPECT_GE(blobs.size(), large);
}

TEST(S3Model, AgainstAMap) {
  for (uint64_t seed = 1; seed <= 3; ++seed) play(seed, std::nullopt);
}
TEST(S3Model, WithConflictsAndUnknownOutcomes) {
  for (uint64_t seed = 11; seed <= 16; ++seed)
    play(seed, store::FaultRates{.conflict = 0.05, .unknown = 0.01, .seed = seed});
}
TEST(S3Model, WithManyOfThem) {
  for (uint64_t seed = 21; seed <= 23; ++seed)
    play(seed, store::FaultRates{.conflict = 0.2, .unknown = 0.2, .seed = seed});
}

}  // namespace
}  // namespace coffer::s3
