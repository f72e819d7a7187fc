// The contract of blob_store.h, held against every engine and twin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/testing/engines.h"

namespace coffer::store::testing {
namespace {

const Partition kP{"index/1/0"};

class BlobContract : public ::testing::TestWithParam<std::string> {
 protected:
  MetaStore& meta() { return bench.store->meta(); }
  BlobStore& blobs() { return bench.store->blobs(); }
  BlobRef write(Bytes bytes, std::optional<uint64_t> hint) {
    return wait_for(write_blob(blobs(), std::move(bytes), 256 << 10, hint)).value();
  }
  Bytes read(const BlobRef& ref, uint64_t offset, size_t size) {
    auto got = wait_for(blobs().read(ref, offset, size));
    return got.ok() ? Bytes(got->view()) : "error: " + got.error().code;
  }
  Bytes read_all(const BlobRef& ref) {
    Bytes out;
    for (uint64_t at = 0; at < ref.bytes; at += 4 << 20)
      out += read(ref, at, std::min<uint64_t>(4 << 20, ref.bytes - at));
    return out;
  }
  Commit link(const BlobRef& ref) { return commit(meta(), {.in = kP, .links = {ref}}); }
  Commit unlink(const BlobRef& ref) { return commit(meta(), {.in = kP, .unlinks = {ref}}); }
  size_t reap(size_t max = 1000) {
    return wait_for(blobs().reap(bench.clock.wall_ms(), max)).value();
  }
  void SetUp() override {
    if (GetParam() == "rados" && !has_cluster()) GTEST_SKIP() << "no COFFER_TEST_CEPH_CONF";
  }
  Bench bench{GetParam()};
};

TEST_P(BlobContract, EverySizeReadsBackAnywhere) {
  struct Case {
    size_t bytes;
    std::optional<uint64_t> hint;
  };
  std::vector<Case> cases;
  for (size_t bytes : {size_t{0}, size_t{1}, size_t{4095}, size_t{4096}, size_t{64} << 10,
                       size_t{1} << 20, (size_t{4} << 20) + 1, size_t{20} << 20}) {
    cases.push_back({bytes, bytes});
    cases.push_back({bytes, std::nullopt});
  }
  // A hint that is wrong costs time alone.
  cases.push_back({3 << 20, 1 << 20});
  cases.push_back({300 << 10, 10});
  cases.push_back({300 << 10, 100 << 20});
  cases.push_back({0, 1 << 20});
  std::vector<BlobRef> refs;
  for (size_t i = 0; i < cases.size(); ++i) {
    refs.push_back(write(noise(i, cases[i].bytes), cases[i].hint));
    ASSERT_EQ(refs[i].bytes, cases[i].bytes);
    ASSERT_LE(refs[i].locator.size(), 64u);
    ASSERT_EQ(link(refs[i]), Commit::kDone);
  }
  bench.reopen();
  SeededRandom random(3);
  for (size_t i = 0; i < cases.size(); ++i) {
    Bytes expected = noise(i, cases[i].bytes);
    ASSERT_TRUE(read_all(refs[i]) == expected) << i;
    for (int n = 0; n < 20; ++n) {
      uint64_t offset = random.u64() % (cases[i].bytes + 1);
      size_t size = std::min<uint64_t>(random.u64() % 100'000, cases[i].bytes - offset);
      ASSERT_TRUE(read(refs[i], offset, size) == expected.substr(offset, size)) << i;
      auto cached = blobs().try_read(refs[i], offset, size);
      if (cached) {
        ASSERT_TRUE((*cached)->view() == ByteView(expected).substr(offset, size));
      }
    }
  }
}

TEST_P(BlobContract, BeyondTheEndIsAnError) {
  BlobRef ref = write("abc", 3);
  EXPECT_EQ(read(ref, 3, 0), "");
  EXPECT_EQ(read(ref, 2, 2), "error: InternalError");
  EXPECT_EQ(read(ref, UINT64_MAX, 2), "error: InternalError");
}

TEST_P(BlobContract, ABrokenReferenceIsAnError) {
  BlobRef ref = write("abc", 3);
  BlobRef longer = ref, other = ref, cut = ref;
  longer.bytes = 4;
  other.locator.back() = static_cast<char>(other.locator.back() + 1);
  cut.locator.pop_back();
  for (const BlobRef& broken : {longer, other, cut})
    EXPECT_EQ(read(broken, 0, 3), "error: InternalError");
}

TEST_P(BlobContract, GarbageIsFreedWhenDue) {
  BlobRef kept = write(noise(1, 5000), 5000), gone = write(noise(2, 5000), 5000);
  ASSERT_EQ(link(kept), Commit::kDone);
  ASSERT_EQ(link(gone), Commit::kDone);
  ASSERT_EQ(unlink(gone), Commit::kDone);
  EXPECT_EQ(reap(), 0u);
  EXPECT_EQ(read_all(gone), noise(2, 5000));
  bench.clock.advance(kGarbageDelayMs + 1);
  auto pin = blobs().pin(gone);
  EXPECT_EQ(reap(), 0u);
  EXPECT_EQ(read_all(gone), noise(2, 5000));
  pin.reset();
  auto pause = blobs().pause_reaping();
  EXPECT_EQ(reap(), 0u);
  pause.reset();
  EXPECT_EQ(reap(), 1u);
  EXPECT_EQ(reap(), 0u);
  EXPECT_EQ(read(gone, 0, 10), "error: InternalError");
  EXPECT_EQ(read_all(kept), noise(1, 5000));
  EXPECT_EQ(link(gone), Commit::kUnavailable);
}

TEST_P(BlobContract, ALinkRevivesGarbage) {
  BlobRef ref = write("abc", 3);
  ASSERT_EQ(link(ref), Commit::kDone);
  ASSERT_EQ(unlink(ref), Commit::kDone);
  ASSERT_EQ(link(ref), Commit::kDone);
  bench.clock.advance(kGarbageDelayMs + 1);
  EXPECT_EQ(reap(), 0u);
  EXPECT_EQ(read_all(ref), "abc");
}

TEST_P(BlobContract, UnlinkedTwiceIsFreedOnce) {
  BlobRef other = write("def", 3), ref = write("abc", 3);
  ASSERT_EQ(link(other), Commit::kDone);
  ASSERT_EQ(link(ref), Commit::kDone);
  ASSERT_EQ(unlink(ref), Commit::kDone);
  bench.clock.advance(1000);
  ASSERT_EQ(unlink(ref), Commit::kDone);
  bench.clock.advance(kGarbageDelayMs - 500);
  EXPECT_EQ(reap(), 0u);
  bench.clock.advance(kGarbageDelayMs);
  EXPECT_EQ(reap(), 1u);
  EXPECT_EQ(reap(), 0u);
  EXPECT_EQ(read_all(other), "def");
}

TEST_P(BlobContract, ReapKeepsToItsMaximum) {
  for (int i = 0; i < 10; ++i) {
    BlobRef ref = write(std::to_string(i), 1);
    ASSERT_EQ(link(ref), Commit::kDone);
    ASSERT_EQ(unlink(ref), Commit::kDone);
  }
  bench.clock.advance(kGarbageDelayMs + 1);
  bench.reopen();
  EXPECT_EQ(reap(4), 4u);
  EXPECT_EQ(reap(100), 6u);
}

TEST_P(BlobContract, AConflictLinksNothing) {
  BlobRef ref = write("abc", 3);
  Batch batch{.in = kP, .expect = {{"a", "x"}}, .links = {ref}};
  EXPECT_EQ(commit(meta(), batch), Commit::kConflict);
  EXPECT_EQ(link(ref), Commit::kDone);
  EXPECT_EQ(read_all(ref), "abc");
}

TEST_P(BlobContract, WhatWasGivenUpCannotBeLinked) {
  BlobRef ref = write("abc", 3), large = write(noise(1, 5 << 20), 5 << 20), kept = write("def", 3);
  Batch batch{.in = kP, .expect = {{"a", "x"}}, .links = {ref, large}};
  ASSERT_EQ(commit(meta(), batch), Commit::kConflict);
  ASSERT_EQ(link(kept), Commit::kDone);
  BlobRef broken = ref;
  broken.locator.pop_back();
  for (const BlobRef& each : {ref, large, ref, broken, kept}) blobs().give_up(each);
  EXPECT_EQ(link(ref), Commit::kUnavailable);
  EXPECT_EQ(link(large), Commit::kUnavailable);
  EXPECT_EQ(reap(), 0u);
  EXPECT_EQ(read(large, 0, 10), "error: InternalError");
  EXPECT_EQ(link(large), Commit::kUnavailable);
  EXPECT_EQ(read_all(kept), "def");
  ASSERT_EQ(unlink(kept), Commit::kDone);
  blobs().give_up(kept);
  bench.clock.advance(kGarbageDelayMs + 1);
  EXPECT_EQ(reap(), 1u);
}

TEST_P(BlobContract, AllListsEveryBlob) {
  std::vector<BlobRef> refs{write("", 0), write("abc", 3), write(noise(1, 300'000), 300'000),
                            write(noise(2, 5 << 20), 5 << 20)};
  ASSERT_EQ(link(refs[1]), Commit::kDone);
  EXPECT_THAT(wait_for(blobs().all("")).value(), ::testing::UnorderedElementsAreArray(refs));
}

TEST_P(BlobContract, ManyWritersAtOnce) {
  std::vector<std::thread> threads;
  std::array<std::vector<BlobRef>, 4> refs;
  for (size_t t = 0; t < refs.size(); ++t)
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 12; ++i) {
        size_t bytes = (i % 4 == 3 ? 700'000 : 9'000) + i;
        refs[t].push_back(write(noise(t * 100 + i, bytes), bytes));
        EXPECT_EQ(link(refs[t].back()), Commit::kDone);
      }
    });
  for (auto& thread : threads) thread.join();
  bench.reopen();
  for (size_t t = 0; t < refs.size(); ++t)
    for (size_t i = 0; i < refs[t].size(); ++i)
      EXPECT_TRUE(read_all(refs[t][i]) == noise(t * 100 + i, refs[t][i].bytes));
}

TEST_P(BlobContract, AZoneIsAPlaceOfItsOwn) {
  auto writer = *wait_for(blobs().create("use1-az1", 3));
  ASSERT_TRUE(wait_for(writer->append(sealed("abc"))).ok());
  BlobRef ref = wait_for(writer->finish()).value();
  EXPECT_EQ(ref.place, "use1-az1");
  ASSERT_EQ(link(ref), Commit::kDone);
  bench.reopen();
  EXPECT_EQ(read_all(ref), "abc");
  EXPECT_EQ(wait_for(blobs().all("use1-az1")).value().size(), 1u);
  EXPECT_EQ(wait_for(blobs().all("")).value().size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Engines, BlobContract,
                         ::testing::Values("memory", "embedded", "faulty_at_rest"),
                         [](const auto& param) { return param.param; });

#ifdef COFFER_WITH_RADOS
INSTANTIATE_TEST_SUITE_P(Rados, BlobContract, ::testing::Values("rados"),
                         [](const auto& param) { return param.param; });
#endif

}  // namespace
}  // namespace coffer::store::testing
