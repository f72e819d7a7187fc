#include "store/embedded/latch_table.h"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <thread>

#include "store/testing/engines.h"

namespace coffer::store::embedded {
namespace {

using testing::commit;

LatchKey shared(uint64_t key) { return {key, LatchMode::kShared}; }
LatchKey exclusive(uint64_t key) { return {key, LatchMode::kExclusive}; }

Task<void> take(LatchTable& table, std::vector<LatchKey> keys, std::optional<LatchSet>& into) {
  into.emplace(co_await table.acquire(std::move(keys)));
}

class Latches : public ::testing::Test {
 protected:
  void start(std::vector<LatchKey> keys, std::optional<LatchSet>& into) {
    asio::co_spawn(loop.get(), take(table, std::move(keys), into), asio::detached);
    settle();
  }
  void settle() {
    loop.get().restart();
    loop.get().poll();
  }
  void give_back(std::optional<LatchSet>& set) {
    set.reset();
    settle();
  }
  testing::Loop loop;
  LatchTable table;
  std::optional<LatchSet> a, b, c, d;
};

TEST_F(Latches, ReadersAreTogetherAndAWriterIsAlone) {
  start({shared(1)}, a);
  start({shared(1)}, b);
  EXPECT_TRUE(a && b);
  start({exclusive(1)}, c);
  EXPECT_FALSE(c);
  give_back(a);
  EXPECT_FALSE(c);
  give_back(b);
  EXPECT_TRUE(c);
  start({exclusive(1)}, a);
  start({shared(1)}, b);
  start({shared(1)}, d);
  EXPECT_FALSE(a || b || d);
  give_back(c);
  EXPECT_TRUE(a && !b && !d);
  give_back(a);
  EXPECT_TRUE(b && d);
}

TEST_F(Latches, AReaderDoesNotOvertakeAWriterThatWaits) {
  start({shared(1)}, a);
  start({exclusive(1)}, b);
  start({shared(1)}, c);
  EXPECT_FALSE(b || c);
  give_back(a);
  EXPECT_TRUE(b && !c);
  give_back(b);
  EXPECT_TRUE(c);
}

TEST_F(Latches, AKeyExpectedAndWrittenIsWritten) {
  start({shared(1), exclusive(1), shared(1)}, a);
  EXPECT_TRUE(a);
  start({shared(1)}, b);
  EXPECT_FALSE(b);
  give_back(a);
  EXPECT_TRUE(b);
}

// churn takes latches in every mixture and holds each to its meaning.
struct Churn {
  static constexpr size_t kKeys = 5;
  LatchTable table;
  std::array<std::atomic<int>, kKeys> readers{}, writers{};
  std::atomic<int> breaches{0}, rounds{0};
};

Task<void> churn(Churn& shop, uint64_t seed, int rounds) {
  SeededRandom random(seed);
  for (int i = 0; i < rounds; ++i) {
    std::map<uint64_t, LatchMode> wanted;
    for (size_t n = 0; n < 3; ++n)
      wanted[random.u64() % Churn::kKeys] =
          random.u64() % 3 ? LatchMode::kShared : LatchMode::kExclusive;
    std::vector<LatchKey> keys;
    for (auto [key, mode] : wanted) keys.push_back({key, mode});
    LatchSet held = co_await shop.table.acquire(keys);
    for (auto [key, mode] : wanted) {
      bool alone = mode == LatchMode::kExclusive;
      ++(alone ? shop.writers : shop.readers)[key];
      if (shop.writers[key] > (alone ? 1 : 0) || (alone && shop.readers[key] > 0)) ++shop.breaches;
    }
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    for (auto [key, mode] : wanted)
      --(mode == LatchMode::kExclusive ? shop.writers : shop.readers)[key];
    ++shop.rounds;
  }
}

TEST_F(Latches, NoWakeupIsLostAmongThreads) {
  Churn shop;
  std::array<testing::Loop, 3> loops;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < loops.size(); ++t) {
    for (uint64_t n = 0; n < 8; ++n)
      asio::co_spawn(loops[t].get(), churn(shop, t * 8 + n, 500), asio::detached);
    threads.emplace_back([&, t] { loops[t].get().run(); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(shop.rounds, 3 * 8 * 500);
  EXPECT_EQ(shop.breaches, 0);
}

const Partition kP{"index/1/0"};

Task<void> put(MetaStore& meta, int i, std::vector<Commit>& answers) {
  Batch batch{.in = kP, .expect = {{"f", "fence"}}, .puts = {{std::to_string(i), "x"}}};
  answers.push_back(co_await meta.commit(std::move(batch)));
}

// The first commit is held in its watcher, durable and not answered, until 31 more were begun: they
// meet in the next group, which is the last one that may be written.
TEST(Fence, CommitsThatOnlyExpectAKeyShareAGroup) {
  testing::Bench bench("embedded");
  MetaStore& meta = bench.store->meta();
  ASSERT_EQ(commit(meta, {.in = kP, .puts = {{"f", "fence"}}}), Commit::kDone);
  std::atomic<bool> reached = false, go_on = false;
  auto watch = meta.watch("index/", [&](const Partition&, const std::vector<std::string>&) {
    reached = true;
    while (!go_on) std::this_thread::yield();
  });
  fault::arm("commit.before=error@3+");
  testing::Loop loop;
  std::vector<Commit> answers;
  asio::co_spawn(loop.get(), put(meta, 0, answers), asio::detached);
  loop.get().poll();
  while (!reached) std::this_thread::yield();
  for (int i = 1; i < 32; ++i) asio::co_spawn(loop.get(), put(meta, i, answers), asio::detached);
  loop.get().poll();
  go_on = true;
  loop.get().restart();
  loop.get().run();
  EXPECT_EQ(answers, std::vector<Commit>(32, Commit::kDone));
}

Task<void> fence_off(MetaStore& meta, Commit& answer) {
  Batch batch{.in = kP, .expect = {{"f", "fence"}}, .deletes = {"f"}};
  answer = co_await meta.commit(std::move(batch));
}

TEST(Fence, WhoeverFindsItGoneIsRefused) {
  testing::Bench bench("embedded");
  MetaStore& meta = bench.store->meta();
  ASSERT_EQ(commit(meta, {.in = kP, .puts = {{"f", "fence"}}}), Commit::kDone);
  testing::Loop loop;
  std::vector<Commit> before, after;
  Commit fenced{};
  for (int i = 0; i < 16; ++i) asio::co_spawn(loop.get(), put(meta, i, before), asio::detached);
  asio::co_spawn(loop.get(), fence_off(meta, fenced), asio::detached);
  for (int i = 16; i < 32; ++i) asio::co_spawn(loop.get(), put(meta, i, after), asio::detached);
  loop.get().run();
  EXPECT_EQ(before, std::vector<Commit>(16, Commit::kDone));
  EXPECT_EQ(fenced, Commit::kDone);
  EXPECT_EQ(after, std::vector<Commit>(16, Commit::kConflict));
}

}  // namespace
}  // namespace coffer::store::embedded
