#include "admin/migrate.h"

#include "s3/testing/fixture.h"

namespace coffer::admin {
namespace {

using s3::testing::World;
constexpr size_t k5MiB = 5 << 20;

// Beneath lends a store to make_faulty.
struct Beneath : store::Store {
  explicit Beneath(store::Store& s) : inner(s) {}
  store::MetaStore& meta() override { return inner.meta(); }
  store::BlobStore& blobs() override { return inner.blobs(); }
  Task<Status> reset() override { return inner.reset(); }
  const std::string& store_id() const override { return inner.store_id(); }
  void on_fatal(std::function<void(std::string)>) override {}
  store::Store& inner;
};

// Target is a store under the source's ID, with faults or without.
struct Target : store::Store {
  Target(World& w, store::FaultRates rates)
      : id(w.store->store_id()),
        memory(store::make_memory(w.clock, w.random)),
        faulty(store::make_faulty(std::make_unique<Beneath>(*memory), rates)),
        now(faulty.get()) {}
  store::MetaStore& meta() override { return now->meta(); }
  store::BlobStore& blobs() override { return now->blobs(); }
  Task<Status> reset() override { return now->reset(); }
  const std::string& store_id() const override { return id; }
  void on_fatal(std::function<void(std::string)>) override {}
  std::string id;
  std::unique_ptr<store::Store> memory, faulty;
  store::Store* now;
};
constexpr store::FaultRates kSound{.conflict = 0, .unknown = 0};

struct Story {
  explicit Story(store::FaultRates rates = kSound) : target(w, rates) {
    bucket = w.make_bucket("bucket");
    w.set_versioning(bucket, s3::Versioning::kEnabled);
    bucket = w.s3->buckets().find("bucket");
  }
  void put(const std::string& key, size_t bytes, s3::Algorithm algorithm) {
    bodies[key] = w.text(bytes);
    ASSERT_TRUE(w.put(bucket, key, bodies[key], World::plan(algorithm)).ok());
  }
  s3::Upload upload(const std::string& key, std::vector<Bytes> parts) {
    auto made = sync_wait(w.s3->uploads().create(
        w.caller, {.bucket = bucket, .key = key, .plan = World::plan(s3::Algorithm::kKms, true)},
        std::nullopt, "", ""));
    EXPECT_TRUE(made.ok());
    for (uint32_t n = 1; n <= parts.size(); ++n) {
      auto part = sync_wait(w.s3->uploads().put_part(
          w.caller, {.bucket = bucket, .key = key, .upload = *made, .number = n},
          std::make_shared<s3::testing::TextSource>(parts[n - 1], 1 << 20), parts[n - 1].size()));
      EXPECT_TRUE(part.ok());
      etags[key].push_back({n, part->etag});
    }
    return *made;
  }
  // complete leaves the last part out.
  void complete(s3::S3& s3, const std::string& key, const s3::Upload& upload) {
    auto claimed = etags[key];
    claimed.pop_back();
    auto done = sync_wait(s3.uploads().complete(
        w.caller, {.bucket = s3.buckets().find("bucket"), .key = key, .parts = claimed}, upload));
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  // fill leaves notes for the sweep: of a living object's parts, and of one that is gone.
  void fill() {
    using enum s3::Algorithm;
    for (auto [name, algorithm] : {std::pair("s3", kAes256), {"kms", kKms}, {"dsse", kKmsDsse}})
      for (size_t bytes : {size_t{0}, size_t{1000}, size_t{100'000}, k5MiB + 7}) {
        const std::string key = fmt::format("{}/{}", name, bytes);
        put(key, 10, algorithm);
        put(key, bytes, algorithm);
      }
    const std::vector<Bytes> parts{w.text(k5MiB), w.text(k5MiB + 1), w.text(100'000)};
    complete(*w.s3, "parts", upload("parts", parts));
    bodies["parts"] = parts[0] + parts[1];
    complete(*w.s3, "gone", upload("gone", parts));
    auto head = sync_wait(w.s3->index().head(bucket, "gone"));
    ASSERT_TRUE(
        sync_wait(w.s3->index().remove(bucket, "gone", s3::version_of((*head)->head))).ok());
    under_way = upload("under-way", parts);
    bodies["under-way"] = bodies["parts"];
  }
  Result<bool> migrate() {
    Migration migration(*w.s3, target, w.random);
    TRY(bool begun, sync_wait(migration.begin()));
    if (!begun) return false;
    // The stores' locators must differ for a forgotten one to be seen.
    for (int i = 0; i < 3; ++i)
      if (auto writer = sync_wait(target.blobs().create("", std::nullopt)))
        if (sync_wait((*writer)->append(store::BlobAccess::make("x"))).ok())
          if (auto ref = sync_wait((*writer)->finish())) target.blobs().give_up(*ref);
    TRY_OK(sync_wait(migration.copy()));
    TRY_OK(sync_wait(migration.finish()));
    return true;
  }
  Result<Bytes> get(s3::S3& s3, const std::string& key) {
    s3::ReadOptions o{.bucket = s3.buckets().find("bucket"), .key = key};
    TRY(auto answer, sync_wait(s3.objects().get(w.caller, World::tls(), o, [](const s3::Head*) {
          return Error{"NoSuchKey", ""};
        })));
    for (Bytes out;;) {
      TRY(auto piece, sync_wait(answer.content->next()));
      if (piece.empty()) return out;
      out += piece;
    }
  }
  size_t blobs_after_sweep(s3::S3& s3) {
    constexpr int64_t kDayMs = 24ll * 3600 * 1000;
    for (int i = 0; i < 4; ++i) {
      w.clock.advance(kDayMs + 1000);
      EXPECT_TRUE(sync_wait(s3.sweep()).ok());
    }
    return sync_wait(s3.store().blobs().all(""))->size();
  }
  void compare() {
    s3::S3 moved(target, *w.keys, w.kms, w.clock, w.random, {.region = "us-east-1"});
    ASSERT_TRUE(sync_wait(moved.load()).ok());
    complete(moved, "under-way", under_way);
    complete(*w.s3, "under-way", under_way);
    EXPECT_EQ(blobs_after_sweep(moved), blobs_after_sweep(*w.s3));
    for (const auto& [key, body] : bodies) {
      auto read = get(moved, key);
      ASSERT_TRUE(read.ok()) << key;
      EXPECT_TRUE(*read == body) << key;
    }
    for (uint32_t n = 0; n < bucket->value.shards; ++n)
      EXPECT_EQ(*sync_wait(target.meta().counters(bucket->value.shard(n), "")),
                *sync_wait(w.store->meta().counters(bucket->value.shard(n), "")));
  }
  World w;
  Target target;
  s3::BucketPtr bucket;
  s3::Upload under_way;
  std::map<std::string, Bytes> bodies;
  std::map<std::string, std::vector<s3::ClaimedPart>> etags;
};

TEST(Migration, CarriesVersionsPartsAndWhatWaitsForTheSweep) {
  Story s;
  s.fill();
  auto done = s.migrate();
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_TRUE(*done);
  EXPECT_FALSE(sync_wait(may_be_served(s.w.store->meta())).ok());
  EXPECT_TRUE(sync_wait(may_be_served(s.target.meta())).ok());
  EXPECT_FALSE(*s.migrate());  // it is whole
  s.compare();
}

TEST(Migration, GoesOnWhereItFailed) {
  int failures = 0;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    Story s({.conflict = 0, .unknown = 0.2, .seed = seed, .append = 0.1, .read = 0.1});
    s.fill();
    int tries = 1;
    for (; !s.migrate().ok() && tries < 200; ++tries) ++failures;
    ASSERT_LT(tries, 200);
    s.target.now = s.target.memory.get();
    s.compare();
  }
  EXPECT_GT(failures, 3);
}

TEST(Migration, RefusesWhatItDoesNotKnow) {
  Story s;
  s.put("key", 100'000, s3::Algorithm::kKms);
  store::Batch batch{.in = s.bucket->value.partition_of("key")};
  batch.puts.push_back({"z/unknown", "x"});
  ASSERT_EQ(sync_wait(s.w.store->meta().commit(batch)), store::Commit::kDone);
  EXPECT_EQ(s.migrate().error().code, "MigrationFailed");
  EXPECT_FALSE(sync_wait(may_be_read(s.target.meta())).ok());
}

TEST(Migration, RefusesATargetThatHoldsSomething) {
  Story s;
  store::Batch batch{.in = {"account/1"}};
  batch.puts.push_back({"a", "x"});
  ASSERT_EQ(sync_wait(s.target.meta().commit(batch)), store::Commit::kDone);
  EXPECT_EQ(s.migrate().error().code, "MigrationFailed");
  EXPECT_TRUE(sync_wait(may_be_served(s.w.store->meta())).ok());
}

}  // namespace
}  // namespace coffer::admin
