// The contract of meta_store.h, held against every engine and twin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>

#include "store/testing/engines.h"

namespace coffer::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Partition kP{"account/111122223333"};
const Partition kQ{"account/111122223334"};

class Contract : public ::testing::TestWithParam<std::string> {
 protected:
  MetaStore& meta() { return bench.store->meta(); }
  BlobStore& blobs() { return bench.store->blobs(); }
  Commit put(const Partition& p, std::string key, Bytes value) {
    return commit(meta(), {.in = p, .puts = {{std::move(key), std::move(value)}}});
  }
  std::optional<Bytes> get(const Partition& p, std::string key) {
    auto got = wait_for(meta().get(p, std::move(key)));
    EXPECT_TRUE(got.ok());
    return *got;
  }
  int64_t sum(const Partition& p, std::string counter) {
    return *wait_for(meta().sum(p, std::move(counter)));
  }
  std::vector<std::string> keys(const Partition& p, Range range, ScanMax max = {}) {
    std::vector<std::string> out;
    auto page = wait_for(meta().scan(p, range, max));
    for (const Row& row : page->rows) out.push_back(row.key);
    return out;
  }
  void SetUp() override {
    if (GetParam() == "rados" && !has_cluster()) GTEST_SKIP() << "no COFFER_TEST_CEPH_CONF";
  }
  Bench bench{GetParam()};
};

TEST_P(Contract, RowsAreReadBackAndSurviveReopening) {
  EXPECT_EQ(get(kP, "a"), std::nullopt);
  ASSERT_EQ(put(kP, "a", "1"), Commit::kDone);
  ASSERT_EQ(put(kP, std::string("a\0b", 3), "2"), Commit::kDone);
  bench.reopen();
  EXPECT_EQ(get(kP, "a"), "1");
  EXPECT_EQ(get(kP, std::string("a\0b", 3)), "2");
  EXPECT_EQ(get(kQ, "a"), std::nullopt);
  if (auto cached = meta().try_get(kP, "a")) {
    EXPECT_EQ(**cached, "1");
  }
}

TEST_P(Contract, GuardsHoldOrNothingIsApplied) {
  ASSERT_EQ(put(kP, "a", "1"), Commit::kDone);
  Batch wrong{.in = kP, .expect = {{"a", "0"}}, .puts = {{"b", "x"}}, .adds = {{"n", 1}}};
  EXPECT_EQ(commit(meta(), wrong), Commit::kConflict);
  Batch absent{.in = kP, .expect = {{"a", std::nullopt}}, .puts = {{"b", "x"}}};
  EXPECT_EQ(commit(meta(), absent), Commit::kConflict);
  Batch one_of_two{.in = kP, .expect = {{"a", "1"}, {"c", "1"}}, .puts = {{"b", "x"}}};
  EXPECT_EQ(commit(meta(), one_of_two), Commit::kConflict);
  EXPECT_EQ(get(kP, "b"), std::nullopt);
  EXPECT_EQ(sum(kP, "n"), 0);
  Batch right{.in = kP,
              .expect = {{"a", "1"}, {"b", std::nullopt}},
              .puts = {{"b", "x"}},
              .deletes = {"a"},
              .adds = {{"n", 1}}};
  EXPECT_EQ(commit(meta(), right), Commit::kDone);
  EXPECT_EQ(get(kP, "a"), std::nullopt);
  EXPECT_EQ(get(kP, "b"), "x");
  EXPECT_EQ(sum(kP, "n"), 1);
}

TEST_P(Contract, DeletesApplyBeforePuts) {
  ASSERT_EQ(put(kP, "a", "1"), Commit::kDone);
  Batch batch{.in = kP, .puts = {{"a", "2"}}, .deletes = {"a"}};
  EXPECT_EQ(commit(meta(), batch), Commit::kDone);
  EXPECT_EQ(get(kP, "a"), "2");
}

// add_one increments a row by compare and swap until it succeeds.
Task<Unit> add_one(MetaStore& meta, int times) {
  for (int done = 0; done < times;) {
    auto row = (co_await meta.get(kP, "n")).value();
    int n = row ? std::stoi(*row) : 0;
    Batch batch{.in = kP, .expect = {{"n", row}}, .puts = {{"n", std::to_string(n + 1)}}};
    batch.adds.push_back({"sum", 1});
    Commit outcome = co_await meta.commit(std::move(batch));
    EXPECT_TRUE(outcome == Commit::kDone || outcome == Commit::kConflict);
    done += outcome == Commit::kDone;
  }
  co_return Unit{};
}

TEST_P(Contract, ConcurrentIncrementsAreExact) {
  constexpr int kThreads = 4, kTasks = 4, kTimes = 10;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([this] {
      Loop loop;
      for (int i = 0; i < kTasks; ++i)
        asio::co_spawn(loop.get(), add_one(meta(), kTimes), asio::detached);
      loop.get().run();
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(get(kP, "n"), std::to_string(kThreads * kTasks * kTimes));
  EXPECT_EQ(sum(kP, "sum"), kThreads * kTasks * kTimes);
  bench.reopen();
  EXPECT_EQ(get(kP, "n"), std::to_string(kThreads * kTasks * kTimes));
}

// An unguarded put must not slip between a guard's check and its effect: `b` always copies an `a`
// that was then current.
Task<Unit> blind_writer(MetaStore& meta, int times) {
  for (int i = 0; i < times; ++i) {
    Batch batch{.in = kP, .puts = {{"a", std::to_string(i)}, {"b", std::to_string(i)}}};
    EXPECT_EQ(co_await meta.commit(std::move(batch)), Commit::kDone);
  }
  co_return Unit{};
}
Task<Unit> guarded_writer(MetaStore& meta, int times) {
  for (int i = 0; i < times; ++i) {
    auto a = (co_await meta.get(kP, "a")).value();
    Batch batch{.in = kP, .expect = {{"a", a}}, .puts = {{"b", a.value_or("none")}}};
    co_await meta.commit(std::move(batch));
  }
  co_return Unit{};
}

TEST_P(Contract, UnguardedPutsRespectGuards) {
  std::vector<std::thread> threads;
  for (auto* writer : {&blind_writer, &guarded_writer, &guarded_writer})
    threads.emplace_back([this, writer] { wait_for(writer(meta(), 60)); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(get(kP, "a"), get(kP, "b"));
}

Task<Unit> put_last(MetaStore& meta, int i, std::vector<int>& answers) {
  Batch batch{.in = kP, .puts = {{"last", std::to_string(i)}}};
  EXPECT_EQ(co_await meta.commit(std::move(batch)), Commit::kDone);
  answers.push_back(i);
  co_return Unit{};
}

TEST_P(Contract, OrderOfAnswersIsOrderOfEffects) {
  Loop loop;
  std::vector<int> answers;
  for (int i = 0; i < 50; ++i)
    asio::co_spawn(loop.get(), put_last(meta(), i, answers), asio::detached);
  loop.get().run();
  ASSERT_EQ(answers.size(), 50u);
  EXPECT_EQ(get(kP, "last"), std::to_string(answers.back()));
}

TEST_P(Contract, CountersCommuteAndList) {
  Batch batch{.in = kP, .adds = {{"x/1", 5}, {"x/2", -7}, {"y", 1}, {"x/3", 4}}};
  ASSERT_EQ(commit(meta(), batch), Commit::kDone);
  ASSERT_EQ(commit(meta(), {.in = kP, .adds = {{"x/1", -2}, {"x/3", -4}}}), Commit::kDone);
  bench.reopen();
  EXPECT_EQ(sum(kP, "x/1"), 3);
  EXPECT_EQ(sum(kP, "x/2"), -7);
  EXPECT_EQ(sum(kP, "none"), 0);
  EXPECT_EQ(sum(kQ, "x/1"), 0);
  auto list = wait_for(meta().counters(kP, "x/")).value();
  EXPECT_THAT(list, ElementsAre(std::pair<std::string, int64_t>("x/1", 3),
                                std::pair<std::string, int64_t>("x/2", -7)));
}

TEST_P(Contract, ScansAreInByteOrderAndPaged) {
  std::vector<std::string> sorted{std::string("\0", 1),
                                  std::string("\0\xff", 2),
                                  "a",
                                  "a/b",
                                  "b",
                                  "\x7f",
                                  "\x80",
                                  "\xff",
                                  "\xff\xff"};
  for (auto i = sorted.rbegin(); i != sorted.rend(); ++i)
    ASSERT_EQ(put(kP, *i, "v"), Commit::kDone);
  ASSERT_EQ(put(kQ, "a", "other"), Commit::kDone);
  EXPECT_EQ(keys(kP, {}), sorted);
  EXPECT_THAT(keys(kP, {"a", "b"}), ElementsAre("a", "a/b"));
  EXPECT_THAT(keys(kP, {"b", "a"}), IsEmpty());
  EXPECT_THAT(keys(kP, prefix_range("\xff")), ElementsAre("\xff", "\xff\xff"));
  auto page = wait_for(meta().scan(kP, {}, {.rows = 4})).value();
  EXPECT_EQ(page.rows.size(), 4u);
  EXPECT_TRUE(page.more);
  page = wait_for(meta().scan(kP, {page.rows.back().key + '\0', ""}, {.rows = 5})).value();
  EXPECT_EQ(page.rows.size(), 5u);
  EXPECT_FALSE(page.more);
  page = wait_for(meta().scan(kP, {}, {.rows = 1000, .bytes = 3})).value();
  EXPECT_EQ(page.rows.size(), 2u);
  EXPECT_TRUE(page.more);
}

TEST_P(Contract, BodiesLieApartFromRows) {
  Batch batch{.in = kP, .puts = {{"k", "row"}}};
  batch.bodies.push_back({"k", sealed(noise(1, kInlineBodyMax))});
  batch.bodies.push_back({"l", sealed("short")});
  ASSERT_EQ(commit(meta(), std::move(batch)), Commit::kDone);
  bench.reopen();
  EXPECT_EQ(get(kP, "k"), "row");
  EXPECT_THAT(keys(kP, {}), ElementsAre("k"));
  auto body = wait_for(meta().get_body(kP, "k")).value();
  ASSERT_TRUE(body);
  EXPECT_EQ(body->view(), noise(1, kInlineBodyMax));
  EXPECT_EQ(wait_for(meta().scan_bodies(kP, {}, {})).value().rows.size(), 2u);
  ASSERT_EQ(commit(meta(), {.in = kP, .body_deletes = {"k"}}), Commit::kDone);
  EXPECT_FALSE(wait_for(meta().get_body(kP, "k")).value());
  EXPECT_EQ(get(kP, "k"), "row");
}

TEST_P(Contract, DropRemovesOnePartition) {
  for (int i = 0; i < 2500; i += 50) {
    Batch batch{.in = kP, .adds = {{"n", 1}}};
    for (int j = 0; j < 50; ++j) batch.puts.push_back({fmt::format("{:06}", i + j), "v"});
    batch.bodies.push_back({fmt::format("{:06}", i), sealed("b")});
    ASSERT_EQ(commit(meta(), std::move(batch)), Commit::kDone);
  }
  ASSERT_EQ(put(kQ, "a", "1"), Commit::kDone);
  ASSERT_EQ(put({"audit/1"}, "a", "1"), Commit::kDone);
  EXPECT_THAT(wait_for(meta().partitions("account/")).value(), ElementsAre(kP, kQ));
  ASSERT_TRUE(wait_for(meta().drop(kP)).ok());
  ASSERT_TRUE(wait_for(meta().drop(kP)).ok());
  EXPECT_THAT(keys(kP, {}), IsEmpty());
  EXPECT_THAT(wait_for(meta().scan_bodies(kP, {}, {})).value().rows, IsEmpty());
  EXPECT_EQ(sum(kP, "n"), 0);
  EXPECT_THAT(wait_for(meta().partitions("account/")).value(), ElementsAre(kQ));
  EXPECT_EQ(get(kQ, "a"), "1");
  bench.reopen();
  EXPECT_THAT(wait_for(meta().partitions("a")).value(), ElementsAre(kQ, Partition{"audit/1"}));
}

TEST_P(Contract, LeasesExcludeAndFence) {
  auto first = wait_for(meta().lease("job", 60'000)).value();
  ASSERT_TRUE(first);
  EXPECT_FALSE(wait_for(meta().lease("job", 60'000)).value());
  EXPECT_TRUE(wait_for(meta().lease("other", 60'000)).value());
  EXPECT_TRUE(wait_for(meta().renew(*first, 60'000)).value());
  ASSERT_TRUE(wait_for(meta().release(*first)).ok());
  EXPECT_FALSE(wait_for(meta().renew(*first, 60'000)).value());
  auto second = wait_for(meta().lease("job", 1)).value();
  ASSERT_TRUE(second);
  EXPECT_GT(second->epoch, first->epoch);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  auto third = wait_for(meta().lease("job", 60'000)).value();
  ASSERT_TRUE(third);
  EXPECT_GT(third->epoch, second->epoch);
  ASSERT_TRUE(wait_for(meta().release(*second)).ok());  // too late: it changes nothing
  EXPECT_FALSE(wait_for(meta().lease("job", 1)).value());
  bench.reopen();
  if (!bench.durable()) return;
  auto fourth = wait_for(meta().lease("job", 60'000)).value();
  ASSERT_TRUE(fourth);
  EXPECT_GT(fourth->epoch, third->epoch);
}

TEST_P(Contract, WatchersHearAfterTheCommitAndBeforeTheAnswer) {
  std::mutex mutex;
  std::vector<std::string> heard;
  auto fn = [&](const Partition& p, const std::vector<std::string>& changed) {
    std::lock_guard lock(mutex);
    for (const auto& key : changed) heard.push_back(p.name + ":" + key);
  };
  auto subscription = meta().watch("account/", fn);
  ASSERT_EQ(put(kP, "a", "1"), Commit::kDone);
  ASSERT_EQ(put({"names/07"}, "a", "1"), Commit::kDone);
  EXPECT_EQ(commit(meta(), {.in = kP, .expect = {{"a", "0"}}, .puts = {{"a", "2"}}}),
            Commit::kConflict);
  ASSERT_EQ(commit(meta(), {.in = kP, .deletes = {"a"}}), Commit::kDone);
  EXPECT_THAT(heard, ElementsAre(kP.name + ":a", kP.name + ":a"));
  subscription.reset();
  ASSERT_EQ(put(kP, "a", "1"), Commit::kDone);
  EXPECT_EQ(heard.size(), 2u);
}

TEST_P(Contract, ResetRemovesEverything) {
  ASSERT_EQ(put(kP, "a", "1"), Commit::kDone);
  auto ref = wait_for(write_blob(blobs(), noise(1, 100), 100, 100)).value();
  ASSERT_EQ(commit(meta(), {.in = kP, .links = {ref}}), Commit::kDone);
  ASSERT_TRUE(wait_for(bench.store->reset()).ok());
  EXPECT_EQ(get(kP, "a"), std::nullopt);
  EXPECT_THAT(wait_for(meta().partitions("")).value(), IsEmpty());
  EXPECT_THAT(wait_for(blobs().all("")).value(), IsEmpty());
  ASSERT_EQ(put(kP, "a", "2"), Commit::kDone);
  auto again = wait_for(write_blob(blobs(), noise(2, 100), 100, 100)).value();
  EXPECT_EQ(wait_for(blobs().read(again, 0, 100)).value().view(), noise(2, 100));
}

TEST_P(Contract, CommitFaultPoints) {
  if (!bench.durable()) return;
  fault::arm("commit.before=error");
  EXPECT_EQ(put(kP, "a", "1"), Commit::kUnavailable);
  EXPECT_EQ(get(kP, "a"), std::nullopt);
  fault::arm("commit.after=error");
  EXPECT_EQ(put(kP, "a", "1"), Commit::kUnknown);
  EXPECT_EQ(get(kP, "a"), "1");
}

TEST_P(Contract, AFullDiskRefusesBodiesAndKeepsDeletes) {
  fault::arm("disk.full=error");
  Batch batch{.in = kP};
  batch.bodies.push_back({"k", sealed("body")});
  EXPECT_EQ(commit(meta(), std::move(batch)), Commit::kFull);
  fault::arm("disk.full=error");
  auto writer = wait_for(blobs().create("", 10));
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.error().code, "ServiceUnavailable");
  fault::arm("disk.full=error");
  EXPECT_FALSE(blobs().accepts_bodies(""));
  fault::arm("disk.full=error");
  EXPECT_EQ(commit(meta(), {.in = kP, .deletes = {"a"}}), Commit::kDone);
}

TEST(ContractDeathTest, ABatchOutsideTheBoundsIsABrokenInvariant) {
  Bench bench("memory");
  auto& meta = bench.store->meta();
  EXPECT_DEATH(commit(meta, {.in = kP, .puts = {{"a", ""}}}), "");
  EXPECT_DEATH(commit(meta, {.in = kP, .puts = {{"", "a"}}}), "");
  EXPECT_DEATH(commit(meta, {.in = {"a b"}, .puts = {{"a", "a"}}}), "");
  EXPECT_DEATH(commit(meta, {.in = kP, .expect = {{"a", Bytes(kGuardedValueMax + 1, 'x')}}}), "");
}

INSTANTIATE_TEST_SUITE_P(Engines, Contract,
                         ::testing::Values("memory", "embedded", "faulty_at_rest"),
                         [](const auto& param) { return param.param; });

#ifdef COFFER_WITH_RADOS
INSTANTIATE_TEST_SUITE_P(Rados, Contract, ::testing::Values("rados"),
                         [](const auto& param) { return param.param; });
#endif

// With faults, every kDone happened, every kConflict did not, and a kUnknown did or did not, as a
// whole.
TEST(Faulty, WhatIsAnsweredIsTrue) {
  Bench bench("faulty");
  auto& meta = bench.store->meta();
  int done = 0, unknown = 0, conflict = 0;
  for (int i = 0; i < 400; ++i) {
    std::string key = std::to_string(i);
    Batch batch{.in = kP,
                .expect = {{key, std::nullopt}},
                .puts = {{key, "v"}, {key + "/2", "v"}},
                .adds = {{"n", 1}}};
    Commit outcome = commit(meta, std::move(batch));
    bool there = wait_for(meta.get(kP, key)).value().has_value();
    EXPECT_EQ(wait_for(meta.get(kP, key + "/2")).value().has_value(), there);
    if (outcome == Commit::kDone) EXPECT_TRUE(there);
    if (outcome == Commit::kConflict) EXPECT_FALSE(there);
    done += there;
    unknown += outcome == Commit::kUnknown;
    conflict += outcome == Commit::kConflict;
  }
  EXPECT_GT(unknown, 10);
  EXPECT_GT(conflict, 30);
  EXPECT_EQ(wait_for(meta.sum(kP, "n")).value(), done);
}

TEST(Faulty, BlobErrorsAtTheirRates) {
  Bench bench("memory");
  auto faulty = make_faulty(make_memory(bench.clock, bench.random),
                            {.conflict = 0, .unknown = 0, .append = 1, .read = 0});
  EXPECT_FALSE(wait_for(write_blob(faulty->blobs(), "abc", 3, 3)).ok());
}

TEST(Ranges, AfterPrefix) {
  EXPECT_EQ(after_prefix("a"), "b");
  EXPECT_EQ(after_prefix("a\xff"), "b");
  EXPECT_EQ(after_prefix("\xff\xff"), "");
  EXPECT_EQ(after_prefix(""), "");
}

TEST(BlobRefs, RoundTripAndGolden) {
  BlobRef ref{"zone", Bytes("\x01\x02\xff", 3), 300};
  Writer w;
  encode(w, ref);
  EXPECT_EQ(w.view(), Bytes("\x04zone\x03\x01\x02\xff\xac\x02", 11));
  Reader r(w.view());
  EXPECT_EQ(decode_blob_ref(r), ref);
  EXPECT_TRUE(r.done());
  Reader cut(ByteView(w.view()).substr(0, 8));
  (void)decode_blob_ref(cut);
  EXPECT_FALSE(cut.ok());
}

}  // namespace
}  // namespace coffer::store::testing
