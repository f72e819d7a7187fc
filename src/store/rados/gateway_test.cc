// What is RADOS's own beside the contract: whose store this is, and what a former gateway left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/embedded/format_file.h"
#include "store/testing/engines.h"

namespace coffer::store::testing {
namespace {

const Partition kP{"index/1/0"};

class RadosGateway : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_cluster()) GTEST_SKIP() << "no COFFER_TEST_CEPH_CONF";
  }
  Bench bench{"rados"};
};

TEST_F(RadosGateway, WhatAFormerOneLeftIsSwept) {
  BlobStore* blobs = &bench.store->blobs();
  const auto write = [&](size_t bytes) {
    return wait_for(write_blob(*blobs, noise(bytes, bytes), 1 << 20, bytes)).value();
  };
  const BlobRef kept = write(5 << 20), garbage = write(3000), lost = write(9 << 20);
  ASSERT_EQ(commit(bench.store->meta(), {.in = kP, .links = {kept, garbage}}), Commit::kDone);
  ASSERT_EQ(commit(bench.store->meta(), {.in = kP, .unlinks = {garbage}}), Commit::kDone);
  // A commit that was begun and refused names its partition in the blob.
  const Batch refused{.in = kP, .expect = {{"a", "x"}}, .links = {lost}};
  ASSERT_EQ(commit(bench.store->meta(), refused), Commit::kConflict);
  {
    auto unfinished = *wait_for(blobs->create("", std::nullopt));
    ASSERT_TRUE(wait_for(unfinished->append(sealed(noise(1, 4 << 20)))).ok());
    ASSERT_TRUE(wait_for(unfinished->append(sealed(noise(1, 100)))).ok());
  }
  EXPECT_EQ(wait_for(blobs->all("")).value().size(), 4u);
  bench.reopen();
  blobs = &bench.store->blobs();
  const BlobRef own = write(2000);
  EXPECT_EQ(wait_for(blobs->reap(bench.clock.wall_ms(), 1000)).value(), 2u);
  EXPECT_THAT(wait_for(blobs->all("")).value(),
              ::testing::UnorderedElementsAre(kept, garbage, own));
  EXPECT_EQ(commit(bench.store->meta(), {.in = kP, .links = {lost}}), Commit::kUnavailable);
  EXPECT_EQ(commit(bench.store->meta(), {.in = kP, .links = {own}}), Commit::kDone);
}

TEST_F(RadosGateway, WhatNobodyDecidedAboutIsFreedADayLater) {
  constexpr int64_t kDayMs = 24ll * 3600 * 1000;
  BlobStore& blobs = bench.store->blobs();
  (void)wait_for(write_blob(blobs, noise(1, 3000), 3000, 3000)).value();
  EXPECT_EQ(wait_for(blobs.reap(bench.clock.wall_ms(), 1000)).value(), 0u);
  EXPECT_EQ(wait_for(blobs.all("")).value().size(), 1u);
  bench.clock.advance(kDayMs + 1);
  EXPECT_EQ(wait_for(blobs.reap(bench.clock.wall_ms(), 1000)).value(), 0u);
  EXPECT_EQ(wait_for(blobs.all("")).value().size(), 0u);
}

TEST_F(RadosGateway, ADirectoryBelongsToOneStore) {
  const TempDir dir;
  RadosOptions options = bench.rados_options();
  options.name += "-bound";
  options.data_dir = dir.path();
  const std::string id = open_rados(options).value()->store_id();
  EXPECT_EQ(open_rados(options).value()->store_id(), id);
  const auto format = embedded::read_format(dir.path(), embedded::kRadosKind);
  EXPECT_EQ((*format)->store_id, id);
  auto store = std::move(open_rados(options).value());
  EXPECT_THAT(open_rados(options).error().message, ::testing::HasSubstr("another process"));
  (void)wait_for(store->reset());
  store.reset();
  options.name = bench.rados_options().name;
  bench.store.reset();
  EXPECT_THAT(open_rados(options).error().message,
              ::testing::HasSubstr("belongs to the store " + id));
  EmbeddedOptions embedded = bench.options();
  embedded.data_dir = dir.path();
  EXPECT_THAT(open_embedded(embedded).error().message, ::testing::HasSubstr("in a RADOS pool"));
}

}  // namespace
}  // namespace coffer::store::testing
