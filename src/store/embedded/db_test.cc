#include "store/embedded/db.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <span>

#include "store/testing/engines.h"

namespace coffer::store::embedded {
namespace {

constexpr int kTables = 24;  // RocksDB opens 16 of them beforehand

std::string key_of(int i) { return fmt::format("{:04}", i); }

constexpr Family kFamilies[] = {Family::kRows, Family::kBodies, Family::kCounters, Family::kLinks};

void make_tables(const EmbeddedOptions& options, std::span<const Family> families) {
  auto db = *Db::open(options, "0123456789abcdef");
  for (Family f : families) {
    auto* family = db->handle(f);
    ASSERT_TRUE(db->raw().SetOptions(family, {{"disable_auto_compactions", "true"}}).ok());
    for (int i = 0; i < kTables; ++i) {
      ASSERT_TRUE(db->raw().Put({}, family, key_of(i), encode_counter(i)).ok());
      ASSERT_TRUE(db->raw().Flush({}, family).ok());
    }
  }
}

TEST(Db, ARowWhoseTableIsNotOpenIsNotTakenForEmpty) {
  testing::TempDir dir;
  EmbeddedOptions options{.data_dir = dir.path(), .block_cache_bytes = 1 << 20};
  make_tables(options, kFamilies);
  auto db = *Db::open(options, "0123456789abcdef");
  for (Family f : kFamilies)
    for (int i = 0; i < kTables; ++i) {
      auto cached = db->get(f, key_of(i), Tier::kMemory);
      if (cached) {
        EXPECT_EQ(**cached, encode_counter(i));
      }
      EXPECT_EQ(**db->get(f, key_of(i), Tier::kDevice), encode_counter(i));
      cached = db->get(f, key_of(i), Tier::kMemory);
      ASSERT_TRUE(cached);
      EXPECT_EQ(**cached, encode_counter(i));
    }
}

// A delta in memory above a sum on disk is no sum.
TEST(Db, ACounterWhoseTableIsNotOpenIsNotTakenForItsDelta) {
  testing::TempDir dir;
  EmbeddedOptions options{.data_dir = dir.path(), .block_cache_bytes = 1 << 20};
  make_tables(options, std::array{Family::kCounters});
  auto db = *Db::open(options, "0123456789abcdef");
  auto* counters = db->handle(Family::kCounters);
  for (int i = 0; i < kTables; ++i) {
    ASSERT_TRUE(db->raw().Merge({}, counters, key_of(i), encode_counter(1)).ok());
    auto cached = db->get(Family::kCounters, key_of(i), Tier::kMemory);
    if (cached) {
      EXPECT_EQ(**cached, encode_counter(i + 1));
    }
    EXPECT_EQ(*db->counter(key_of(i)), i + 1);
  }
}

}  // namespace
}  // namespace coffer::store::embedded
