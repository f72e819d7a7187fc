// Versions against a plain map of lists, over four shards, through every state of versioning, with
// random conflicts and unknown outcomes.
#include <array>
#include <atomic>
#include <thread>

#include "base/encoding.h"
#include "s3/testing/fixture.h"

namespace coffer::s3 {
namespace {
using testing::World;

struct Version {
  std::string id;
  std::optional<Bytes> body;  // nullopt: a delete marker
};
using Model = std::map<std::string, std::vector<Version>>;  // the newest first

const char* const kKeys[] = {"a", "a/", "a/b", "a/c", "b", "b/d/e", "ab", "\x01", "é", "z"};

// Expected is the page that S3 promises, computed from the whole model.
struct Expected {
  std::vector<std::pair<std::string, std::string>> items;  // key, version ID
  std::vector<std::string> common_prefixes;
};

Expected expected(const Model& model, const VersionQuery& q) {
  Expected out;
  for (const auto& [key, versions] : model) {
    if (!key.starts_with(q.prefix)) continue;
    const size_t cut = q.delimiter.empty() ? key.npos : key.find(q.delimiter, q.prefix.size());
    if (cut == key.npos) {
      for (const Version& v : versions) out.items.emplace_back(key, v.id);
      continue;
    }
    std::string common = key.substr(0, cut + q.delimiter.size());
    if (out.common_prefixes.empty() || out.common_prefixes.back() != common)
      out.common_prefixes.push_back(std::move(common));
  }
  return out;
}

class Play {
 public:
  Play(uint64_t seed, std::optional<store::FaultRates> faults)
      : w_({.shards = 4, .faults = faults, .seed = seed}),
        r_(seed),
        bucket_(w_.make_bucket("bucket")) {}

  void run() {
    for (int step = 0; step < 600; ++step) {
      if (step == 60 || (step > 60 && r_.u64() % 40 == 0)) turn();
      step_once();
      if (::testing::Test::HasFatalFailure()) return;
    }
    check_counters();
    w_.clock.advance(store::kGarbageDelayMs + 1000);
    ASSERT_TRUE(sync_wait(w_.s3->sweep()).ok());
    for (const auto& [key, versions] : model_)
      for (const Version& v : versions) read(key, v);
    empty();
  }

 private:
  std::string key() { return kKeys[r_.u64() % std::size(kKeys)]; }

  void turn() {
    state_ = state_ == Versioning::kEnabled ? Versioning::kSuspended : Versioning::kEnabled;
    w_.set_versioning(bucket_, state_);
  }
  static void erase(std::vector<Version>& versions, const std::string& id) {
    std::erase_if(versions, [&](const Version& v) { return v.id == id; });
  }
  void add(const std::string& key, const Head& head, std::optional<Bytes> body) {
    auto& versions = model_[key];
    const std::string id = version_text(head);
    EXPECT_EQ(id == "null", state_ != Versioning::kEnabled);
    EXPECT_TRUE(id == "null" || id.size() == 32) << id;
    erase(versions, id);
    versions.insert(versions.begin(), {id, std::move(body)});
  }

  void step_once() {
    switch (r_.u64() % 8) {
      case 0:
      case 1:
      case 2:
        return put(key());
      case 3:
        return remove(key());
      case 4:
        return remove_version(key());
      case 5:
      case 6:
        return read_some(key());
      default:
        return list();
    }
  }
  void put(const std::string& key) {
    const Bytes body = r_.bytes(r_.u64() % 4 == 0 ? 20000 + r_.u64() % 60000 : r_.u64() % 300);
    auto done = w_.put(bucket_, key, body,
                       World::plan(r_.u64() % 2 ? Algorithm::kKms : Algorithm::kAes256));
    ASSERT_TRUE(done.ok()) << done.error().code << " " << done.error().message;
    add(key, done->head, body);
  }
  void remove(const std::string& key) {
    auto done = sync_wait(w_.s3->objects().remove(bucket_, key, {}));
    ASSERT_TRUE(done.ok()) << done.error().code;
    if (state_ == Versioning::kNever) {
      model_.erase(key);
      return;
    }
    ASSERT_TRUE(done->has_value() && (*done)->delete_marker);
    add(key, **done, std::nullopt);
  }
  // some_version is one that is there, or was, or never.
  std::string some_version(const std::string& key) {
    auto& versions = model_[key];
    if (!versions.empty() && r_.u64() % 4) return versions[r_.u64() % versions.size()].id;
    if (!gone_.empty() && r_.u64() % 2) return gone_[r_.u64() % gone_.size()];
    return r_.u64() % 2 ? "null" : std::string(32, 'x');
  }
  void remove_version(const std::string& key) {
    const std::string id = some_version(key);
    auto done = sync_wait(w_.s3->objects().remove(bucket_, key, *parse_version_id(id)));
    ASSERT_TRUE(done.ok()) << done.error().code;
    auto& versions = model_[key];
    const size_t before = versions.size();
    erase(versions, id);
    EXPECT_EQ(done->has_value(), versions.size() < before) << id;
    if (*done) EXPECT_EQ(version_text(**done), id);
    if (*done) gone_.push_back(id);
    if (versions.empty()) model_.erase(key);
  }
  void read(const std::string& key, const Version& v) {
    auto got = w_.get(bucket_, key, {}, {}, *parse_version_id(v.id));
    if (v.body)
      ASSERT_TRUE(got.ok() && *got == *v.body) << key << " " << v.id;
    else
      EXPECT_EQ(got.error().code, "NoSuchKey");
  }
  void read_some(const std::string& key) {
    const std::string id = some_version(key);
    const std::vector<Version> versions = model_[key];
    if (versions.empty()) model_.erase(key);
    auto current = w_.get(bucket_, key);
    if (versions.empty() || !versions.front().body)
      EXPECT_EQ(current.error().code, "NoSuchKey");
    else
      ASSERT_TRUE(current.ok() && *current == *versions.front().body);
    auto named = std::find_if(versions.begin(), versions.end(),
                              [&](const Version& v) { return v.id == id; });
    read(key, named == versions.end() ? Version{id, std::nullopt} : *named);
  }

  void list() {
    for (auto it = model_.begin(); it != model_.end();)
      it = it->second.empty() ? model_.erase(it) : std::next(it);
    static const char* const kPrefixes[] = {"", "a", "a/", "b", "zz"};
    VersionQuery q{.bucket = w_.s3->buckets().find("bucket"),
                   .prefix = kPrefixes[r_.u64() % std::size(kPrefixes)],
                   .max = 1 + r_.u64() % 7};
    if (r_.u64() % 2) q.delimiter = "/";
    list_versions(q);
    ListOptions o{.bucket = q.bucket, .prefix = q.prefix, .delimiter = q.delimiter};
    auto listed = sync_wait(w_.s3->listing().list(o));
    ASSERT_TRUE(listed.ok());
    Model current;
    for (const auto& [key, versions] : model_)
      if (versions.front().body) current[key] = {versions.front()};
    const Expected want = expected(current, q);
    ASSERT_EQ(listed->items.size(), want.items.size());
    for (size_t i = 0; i < want.items.size(); ++i) {
      EXPECT_EQ(listed->items[i].key, want.items[i].first);
      EXPECT_EQ(version_text(listed->items[i].head), want.items[i].second);
    }
    EXPECT_EQ(listed->common_prefixes, want.common_prefixes);
  }
  void list_versions(VersionQuery q) {
    Expected got;
    for (;;) {
      auto page = sync_wait(w_.s3->listing().list_versions(q));
      ASSERT_TRUE(page.ok()) << page.error().message;
      ASSERT_LE(page->items.size() + page->common_prefixes.size(), q.max);
      for (const auto& item : page->items) {
        const bool first = got.items.empty() || got.items.back().first != item.key;
        EXPECT_EQ(item.latest, first);
        got.items.emplace_back(item.key, version_text(item.head));
      }
      for (const auto& common : page->common_prefixes) got.common_prefixes.push_back(common);
      if (!page->truncated) break;
      q.after_key = page->last_key;
      q.after.reset();
      if (!page->last_version.empty()) q.after = *parse_version_id(page->last_version);
    }
    const Expected want = expected(model_, q);
    EXPECT_EQ(got.items, want.items) << q.prefix << "|" << q.delimiter;
    EXPECT_EQ(got.common_prefixes, want.common_prefixes);
  }

  int64_t sum(const std::string& counter) {
    int64_t out = 0;
    for (uint32_t i = 0; i < bucket_->value.shards; ++i)
      out += *sync_wait(w_.store->meta().sum(bucket_->value.shard(i), counter));
    return out;
  }
  void check_counters() {
    int64_t objects = 0, bytes = 0;
    for (const auto& [key, versions] : model_)
      for (const Version& v : versions) {
        if (!v.body) continue;
        ++objects;
        bytes += int64_t(v.body->size());
      }
    const std::string kms = "use/arn:aws:kms:us-east-1:123456789012:key/k1/";
    EXPECT_EQ(sum("objects"), objects);
    EXPECT_EQ(sum("bytes"), bytes);
    EXPECT_EQ(sum("use/SSE-S3/objects") + sum(kms + "objects"), objects);
    EXPECT_EQ(sum("use/SSE-S3/bytes") + sum(kms + "bytes"), bytes);
  }
  // empty deletes version by version; nothing is left but the fences, and then the bucket may go.
  void empty() {
    put("last");
    audit::Draft d = w_.draft();
    EXPECT_EQ(sync_wait(w_.s3->buckets().remove("bucket", bucket_->value.instance, d)).error().code,
              "BucketNotEmpty");
    for (const auto& [key, versions] : model_)
      for (const Version& v : versions) {
        auto done = sync_wait(w_.s3->objects().remove(bucket_, key, *parse_version_id(v.id)));
        ASSERT_TRUE(done.ok() && done->has_value()) << key << " " << v.id;
      }
    for (uint32_t i = 0; i < bucket_->value.shards; ++i) {
      auto page = sync_wait(w_.store->meta().scan(bucket_->value.shard(i), {}, {}));
      EXPECT_EQ(page->rows.size(), 1u);
      EXPECT_TRUE(
          sync_wait(w_.store->meta().scan_bodies(bucket_->value.shard(i), {}, {}))->rows.empty());
    }
    EXPECT_EQ(sum("objects"), 0);
    EXPECT_EQ(sum("bytes"), 0);
    audit::Draft d2 = w_.draft();
    auto removed = sync_wait(w_.s3->buckets().remove("bucket", bucket_->value.instance, d2));
    EXPECT_TRUE(removed.ok() || removed.error().code == "SlowDown") << removed.error().message;
  }

  World w_;
  SeededRandom r_;
  BucketPtr bucket_;  // as it was at first: what a request holds that began before
  Versioning state_ = Versioning::kNever;
  Model model_;
  std::vector<std::string> gone_;
};

void play(uint64_t seed, std::optional<store::FaultRates> faults) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Play(seed, faults).run();
}

TEST(VersionsModel, AgainstAMap) {
  for (uint64_t seed = 1; seed <= 4; ++seed) play(seed, std::nullopt);
}
TEST(VersionsModel, WithConflictsAndUnknownOutcomes) {
  for (uint64_t seed = 11; seed <= 16; ++seed)
    play(seed, store::FaultRates{.conflict = 0.05, .unknown = 0.01, .seed = seed});
}
TEST(VersionsModel, WithManyOfThem) {
  for (uint64_t seed = 21; seed <= 24; ++seed)
    play(seed, store::FaultRates{.conflict = 0.2, .unknown = 0.2, .seed = seed});
}

// While newer versions come and go on top of it, an old one is in every list and found by its ID.
TEST(Versions, WhatStaysIsAlwaysThere) {
  World w({.shards = 1});
  auto bucket = w.make_bucket("bucket");
  w.set_versioning(bucket, Versioning::kEnabled);
  const auto stays = w.put(bucket, "key", "stays");
  ASSERT_TRUE(stays.ok());
  const VersionId id = version_of(stays->head);
  std::atomic<bool> ended = false;
  std::thread churn([&] {
    while (!ended) {
      auto goes = w.put(bucket, "key", "goes");
      if (!goes.ok()) continue;
      (void)sync_wait(w.s3->objects().remove(bucket, "key", version_of(goes->head)));
    }
  });
  for (int i = 0; i < 20000; ++i) {
    auto page = sync_wait(w.s3->listing().list_versions({.bucket = bucket}));
    if (!page) {
      EXPECT_EQ(page.error().code, "SlowDown");
      continue;
    }
    const auto named = std::find_if(page->items.begin(), page->items.end(),
                                    [&](const auto& item) { return id.names(item.head); });
    EXPECT_TRUE(named != page->items.end()) << i;
    auto found = sync_wait(w.s3->index().find(bucket, "key", id));
    EXPECT_TRUE(found && *found) << i;
    if (::testing::Test::HasFailure()) break;
  }
  ended = true;
  churn.join();
}

// Writers of one key, among conflicts and unknown outcomes: what was acknowledged is there, once
// and under its ID, and what was deleted is not.
TEST(Versions, WhatWasAcknowledgedIsThere) {
  World w({.shards = 1,
           .faults = store::FaultRates{.conflict = 0.05, .unknown = 0.25, .seed = 5},
           .seed = 5});
  auto bucket = w.make_bucket("bucket");
  w.set_versioning(bucket, Versioning::kEnabled);
  std::array<std::map<std::string, Bytes>, 3> kept;
  std::vector<std::thread> writers;
  for (size_t n = 0; n < kept.size(); ++n)
    writers.emplace_back([&, n] {
      SeededRandom r(n + 100);
      for (int i = 0; i < 400; ++i) {
        const Bytes body = r.bytes(i % 10 == 0 ? 20000 : 20);
        auto put = w.put(bucket, "key", body);
        ASSERT_TRUE(put.ok()) << put.error().code;
        const VersionId id = version_of(put->head);
        kept[n][version_text(put->head)] = body;
        if (i % 3 == 0) continue;
        auto removed = sync_wait(w.s3->objects().remove(bucket, "key", id));
        if (!removed) continue;  // it may be there or not: SlowDown
        ASSERT_TRUE(removed->has_value());
        kept[n].erase(version_text(put->head));
      }
    });
  for (std::thread& writer : writers) writer.join();
  size_t count = 0;
  for (const auto& versions : kept)
    for (const auto& [id, body] : versions) {
      auto got = w.get(bucket, "key", {}, {}, *parse_version_id(id));
      ASSERT_TRUE(got.ok() && *got == body) << id;
      ++count;
    }
  auto page = sync_wait(w.s3->listing().list_versions({.bucket = bucket}));
  ASSERT_TRUE(page.ok());
  EXPECT_GE(page->items.size(), count);  // and what was refused with SlowDown and applied
  int64_t bytes = 0;
  for (const auto& item : page->items) bytes += int64_t(item.head.bytes);
  EXPECT_EQ(*sync_wait(w.store->meta().sum(bucket->value.shard(0), "objects")),
            int64_t(page->items.size()));
  EXPECT_EQ(*sync_wait(w.store->meta().sum(bucket->value.shard(0), "bytes")), bytes);
}

TEST(VersionIds, AreOpaqueAndNameOneVersion) {
  Head head;
  EXPECT_EQ(version_text(head), "null");
  SeededRandom r(7);
  for (uint64_t order = 1; order < 300; ++order) {
    head = {.object_id = r.id128(), .has_version_id = true, .order = order};
    const std::string text = version_text(head);
    ASSERT_EQ(text.size(), 32u);
    ASSERT_EQ(text.find('-'), text.npos);
    auto id = parse_version_id(text);
    ASSERT_TRUE(id.ok() && id->names(head));
    ++head.order;
    ASSERT_FALSE(id->names(head));
  }
  EXPECT_EQ(parse_version_id("").error().code, "InvalidArgument");
  EXPECT_EQ(parse_version_id("short").error().code, "InvalidArgument");
  EXPECT_EQ(parse_version_id(std::string(31, 'a') + "/").error().code, "InvalidArgument");
  EXPECT_EQ(parse_version_id(std::string(31, 'a') + "-")->order, 0u);
}

TEST(Record, OlderVersionsGoldenBytes) {
  Head marker{.object_id = Id128::from("0123456789abcdef"),
              .has_version_id = true,
              .delete_marker = true,
              .null_order = 3,
              .order = 5,
              .modified_ms = 1790000000000};
  const Bytes bytes = encode_head(marker);
  EXPECT_EQ(hex(bytes),
            "02030330313233343536373839616263646566"
            "0501"
            "000001a0c4506c00");
  auto back = decode_head(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(encode_head(*back), bytes);
  for (size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(decode_head(ByteView(bytes).substr(0, n)).ok()) << n;
  Head plain{.object_id = marker.object_id};
  const Bytes before = encode_head(plain);
  plain.has_version_id = true;
  EXPECT_EQ(encode_head(plain), "\x02\x01" + std::string(1, '\0') + before.substr(1));
  EXPECT_EQ(hex(version_row("k", 2)), "762f6b00fffffffffffffffd");
  const auto place = place_of_version_row(version_row("k", 2));
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->key, "k");
  EXPECT_EQ(place->order, 2u);
}

TEST(BucketRecord, GoldenBytesWithAndWithoutVersioning) {
  Bucket b;
  b.name = "bkt";
  b.instance = Id128::from("0123456789abcdef");
  b.owner = "123456789012";
  b.region = "us-east-1";
  b.created_ms = 1790000000000;
  const Bytes bytes = encode_bucket(b);
  EXPECT_EQ(hex(bytes),
            "0103626b7430313233343536373839616263646566"
            "0102"
            "0c313233343536373839303132"
            "0975732d656173742d31"
            "00"
            "000001a0c4506c00"
            "0101"
            "0001000001"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  b.versioning = Versioning::kSuspended;
  EXPECT_EQ(hex(encode_bucket(b)), "02" + hex(bytes).substr(2) + "02");
  EXPECT_EQ(decode_bucket(encode_bucket(b), {})->versioning, Versioning::kSuspended);
  EXPECT_EQ(decode_bucket(bytes, {})->versioning, Versioning::kNever);
  EXPECT_FALSE(decode_bucket("\x02" + bytes.substr(1) + "\x03", {}).ok());
}

}  // namespace
}  // namespace coffer::s3
