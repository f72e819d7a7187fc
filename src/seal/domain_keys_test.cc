#include "seal/domain_keys.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/system_random.h"
#include "seal/domain_rows.h"
#include "seal/domain_store.h"
#include "seal/testing/memory_root.h"
#include "seal/testing/run_task.h"
#include "store/store.h"

namespace coffer::seal {
namespace {

using Rows = std::vector<store::Row>;

Rows rows_of(store::Store& store) {
  auto rows = run_task(scan_seal_rows(store.meta()));
  EXPECT_TRUE(rows.ok());
  return *rows;
}

class DomainKeysTest : public testing::Test {
 protected:
  DomainKeysTest()
      : vault_(MemoryRoot::Vault::make(random_)),
        root_(vault_, random_),
        store_(store::make_memory(clock_, random_)) {}

  Result<std::unique_ptr<DomainKeys>> open(bool create = false) {
    return open_with(*store_, root_, create);
  }
  Result<std::unique_ptr<DomainKeys>> open_with(store::Store& store, Root& root,
                                                bool create = false) {
    return run_task(DomainKeys::open(store.meta(), root, random_, create));
  }
  std::unique_ptr<DomainKeys> must_open(bool create = false) {
    auto keys = open(create);
    EXPECT_TRUE(keys.ok()) << keys.error().message;
    return std::move(*keys);
  }
  // a copy of the rows in a store of its own, as a backup is
  std::unique_ptr<store::Store> copy_of(const Rows& rows) {
    auto copy = store::make_memory(clock_, random_);
    store::Batch batch{.in = {kPartition}, .puts = rows};
    EXPECT_EQ(run_task(copy->meta().commit(batch)), store::Commit::kDone);
    return copy;
  }

  ManualClock clock_{1'700'000'000'000};
  SeededRandom random_{11};
  MemoryRoot::Vault vault_;
  MemoryRoot root_;
  std::unique_ptr<store::Store> store_;
};

TEST_F(DomainKeysTest, SealsAndOpensAcrossReopening) {
  auto keys = must_open(true);
  const Bytes sealed = keys->seal_bytes(Series::kIam, "row 1", "secret text");
  const Bytes wrapped = keys->wrap(Series::kKms, "key 1", Secret::copy_of("0123456789abcdef"));
  const Bytes mac = keys->mac(Series::kAudit, "data");
  EXPECT_EQ(mac.size(), 36u);
  keys = must_open();
  EXPECT_EQ(*keys->open_bytes(Series::kIam, "row 1", sealed), "secret text");
  EXPECT_TRUE(
      equal_ct(*keys->unwrap(Series::kKms, "key 1", wrapped), Secret::copy_of("0123456789abcdef")));
  EXPECT_TRUE(keys->verify_mac(Series::kAudit, "data", mac));
  EXPECT_FALSE(keys->verify_mac(Series::kAudit, "date", mac));
  EXPECT_FALSE(keys->verify_mac(Series::kS3, "data", mac));
  EXPECT_EQ(*keys->open_bytes(Series::kS3, "", keys->seal_bytes(Series::kS3, "", "")), "");
}

TEST_F(DomainKeysTest, RefusesAnotherPlaceSeriesOrUse) {
  auto keys = must_open(true);
  const Bytes sealed = keys->seal_bytes(Series::kIam, "row 1", "text");
  EXPECT_FALSE(keys->open_bytes(Series::kIam, "row 2", sealed).ok());
  EXPECT_FALSE(keys->open_bytes(Series::kIam, "", sealed).ok());
  EXPECT_FALSE(keys->open_bytes(Series::kKms, "row 1", sealed).ok());
  EXPECT_FALSE(keys->unwrap(Series::kIam, "row 1", sealed).ok());
  const Bytes wrapped = keys->wrap(Series::kIam, "row 1", Secret::copy_of("key"));
  EXPECT_FALSE(keys->open_bytes(Series::kIam, "row 1", wrapped).ok());
  EXPECT_FALSE(keys->unwrap(Series::kIam, "row 2", wrapped).ok());
}

TEST_F(DomainKeysTest, RefusesEveryFlippedBitAndEveryCut) {
  auto keys = must_open(true);
  const Bytes sealed = keys->seal_bytes(Series::kS3, "row", "0123456789");
  const Bytes wrapped = keys->wrap(Series::kS3, "row", Secret::copy_of("0123456789"));
  const Bytes mac = keys->mac(Series::kS3, "row");
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    auto flip = [&](Bytes v) {
      v[bit / 8 % v.size()] = static_cast<char>(v[bit / 8 % v.size()] ^ (1 << bit % 8));
      return v;
    };
    EXPECT_FALSE(keys->open_bytes(Series::kS3, "row", flip(sealed)).ok()) << bit;
    EXPECT_FALSE(keys->unwrap(Series::kS3, "row", flip(wrapped)).ok()) << bit;
    EXPECT_FALSE(keys->verify_mac(Series::kS3, "row", flip(mac))) << bit;
  }
  for (size_t n = 0; n < sealed.size(); ++n) {
    EXPECT_FALSE(keys->open_bytes(Series::kS3, "row", sealed.substr(0, n)).ok());
    EXPECT_FALSE(keys->unwrap(Series::kS3, "row", wrapped.substr(0, n)).ok());
  }
}

TEST_F(DomainKeysTest, EpochOf) {
  auto keys = must_open(true);
  EXPECT_EQ(DomainKeys::epoch_of(keys->seal_bytes(Series::kS3, "", "x")), 1u);
  ASSERT_TRUE(run_task(keys->open_epoch(Series::kS3)).ok());
  EXPECT_EQ(DomainKeys::epoch_of(keys->wrap(Series::kS3, "", Secret(16))), 2u);
  EXPECT_EQ(DomainKeys::epoch_of(""), 0u);
  EXPECT_EQ(DomainKeys::epoch_of("no sealed value"), 0u);
}

TEST_F(DomainKeysTest, NeverANewKeyWhereRowsAre) {
  EXPECT_FALSE(open(false).ok());
  must_open(true);
  const Rows rows = rows_of(*store_);

  auto other_vault = MemoryRoot::Vault::make(random_);
  MemoryRoot other(other_vault, random_);
  auto keys = open_with(*store_, other, true);
  ASSERT_FALSE(keys.ok());
  EXPECT_NE(keys.error().message.find("root does not open"), std::string::npos)
      << keys.error().message;

  for (const auto& gone : rows) {  // a row lost
    Rows left = rows;
    std::erase_if(left, [&](const store::Row& row) { return row.key == gone.key; });
    EXPECT_FALSE(open_with(*copy_of(left), root_, true).ok()) << gone.key;
  }
  auto elsewhere = store::make_memory(clock_, random_);  // the partition lost
  store::Batch batch{.in = {"account/1"}, .puts = {{"u/1", "x"}}};
  ASSERT_EQ(run_task(elsewhere->meta().commit(batch)), store::Commit::kDone);
  EXPECT_FALSE(open_with(*elsewhere, root_, true).ok());
  EXPECT_EQ(rows_of(*elsewhere).size(), 0u);
}

TEST_F(DomainKeysTest, RefusesRowsThatWereMovedOrAreNewer) {
  must_open(true);
  const Rows rows = rows_of(*store_);
  for (size_t i = 0; i < rows.size(); ++i) {
    Rows newer = rows;
    newer[i].value[0] = 2;
    auto keys = open_with(*copy_of(newer), root_, true);
    ASSERT_FALSE(keys.ok());
    EXPECT_NE(keys.error().message.find("newer"), std::string::npos) << keys.error().message;
  }
  Rows swapped = rows;
  std::swap(swapped[0].value, swapped[1].value);
  EXPECT_FALSE(open_with(*copy_of(swapped), root_, true).ok());

  auto second = store::make_memory(clock_, random_);  // the same root, another store
  ASSERT_TRUE(open_with(*second, root_, true).ok());
  Rows mixed = rows_of(*second);
  mixed[0] = rows[0];
  EXPECT_FALSE(open_with(*copy_of(mixed), root_, true).ok());
}

TEST_F(DomainKeysTest, ClosingAnEpochClosesItForEveryCopy) {
  auto keys = must_open(true);
  const Bytes old_kms = keys->seal_bytes(Series::kKms, "a", "old");
  const Bytes old_iam = keys->seal_bytes(Series::kIam, "a", "iam");
  ASSERT_TRUE(run_task(keys->open_epoch(Series::kKms)).ok());
  const Bytes new_kms = keys->seal_bytes(Series::kKms, "a", "new");
  EXPECT_EQ(*keys->open_bytes(Series::kKms, "a", old_kms), "old");
  auto backup = copy_of(rows_of(*store_));
  auto old_vault = vault_.copy();

  ASSERT_TRUE(run_task(keys->close_epochs_before(Series::kKms, 2)).ok());
  EXPECT_FALSE(keys->has_epoch(Series::kKms, 1));
  EXPECT_FALSE(keys->open_bytes(Series::kKms, "a", old_kms).ok());
  EXPECT_EQ(*keys->open_bytes(Series::kKms, "a", new_kms), "new");
  EXPECT_EQ(*keys->open_bytes(Series::kIam, "a", old_iam), "iam");
  keys = must_open();
  EXPECT_FALSE(keys->open_bytes(Series::kKms, "a", old_kms).ok());
  EXPECT_EQ(*keys->open_bytes(Series::kKms, "a", new_kms), "new");

  EXPECT_FALSE(open_with(*backup, root_).ok()) << "the backup and the root that is left";
  for (const auto& row : rows_of(*backup)) {
    auto name = parse_domain_row_key(row.key);
    if (!name) continue;
    auto state = decode_state(rows_of(*backup).back().value);
    EXPECT_FALSE(
        run_task(root_.unwrap(*wrapped_of_row(row.value), domain_aad(state->store, *name))).ok())
        << row.key;
  }
  MemoryRoot old_root(old_vault, random_);
  auto restored = open_with(*backup, old_root);
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  EXPECT_EQ(*(*restored)->open_bytes(Series::kKms, "a", old_kms), "old");
}

TEST_F(DomainKeysTest, ClosingRefusesTheCurrentEpochAndMayBeRepeated) {
  auto keys = must_open(true);
  EXPECT_FALSE(run_task(keys->close_epochs_before(Series::kKms, 2)).ok());
  ASSERT_TRUE(run_task(keys->close_epochs_before(Series::kKms, 1)).ok());
  EXPECT_EQ(root_.generation(), 1u) << "nothing to close: no rotation";
  ASSERT_TRUE(run_task(keys->open_epoch(Series::kKms)).ok());
  ASSERT_TRUE(run_task(keys->close_epochs_before(Series::kKms, 2)).ok());
  ASSERT_TRUE(run_task(keys->close_epochs_before(Series::kKms, 2)).ok());
  EXPECT_EQ(root_.generation(), 2u);
  EXPECT_FALSE(root_.rotating());
}

TEST_F(DomainKeysTest, ARotationThatWasUnderWayDoesNotKeepTheClosedKeys) {
  auto keys = must_open(true);
  ASSERT_TRUE(run_task(root_.begin_rotation()).ok());
  ASSERT_TRUE(run_task(keys->open_epoch(Series::kKms)).ok());
  ASSERT_TRUE(run_task(keys->open_epoch(Series::kKms))
                  .ok());  // epoch 2 is wrapped under the begun generation
  auto backup = rows_of(*store_);
  ASSERT_TRUE(run_task(keys->close_epochs_before(Series::kKms, 3)).ok());
  EXPECT_EQ(root_.generation(), 3u);
  EXPECT_FALSE(root_.rotating());
  for (const auto& row : backup)
    if (auto name = parse_domain_row_key(row.key)) {
      auto state = decode_state(backup.back().value);
      EXPECT_FALSE(
          run_task(root_.unwrap(*wrapped_of_row(row.value), domain_aad(state->store, *name))).ok())
          << row.key;
    }
}

TEST_F(DomainKeysTest, RotateRootKeepsEveryEpoch) {
  auto keys = must_open(true);
  const Bytes sealed = keys->seal_bytes(Series::kS3, "a", "text");
  ASSERT_TRUE(run_task(keys->open_epoch(Series::kS3)).ok());
  ASSERT_TRUE(run_task(keys->rotate_root()).ok());
  EXPECT_EQ(root_.generation(), 2u);
  EXPECT_FALSE(root_.rotating());
  keys = must_open();
  EXPECT_EQ(*keys->open_bytes(Series::kS3, "a", sealed), "text");
}

// Every step of a closing may be the last one of a process: what it left is opened again, finished,
// and complete.
TEST_F(DomainKeysTest, ACrashAtAnyStepOfClosingIsFinishedAtOpen) {
  for (bool after_effect : {false, true}) {
    int crashes = 0;
    for (int step = 1;; ++step) {
      auto vault = MemoryRoot::Vault::make(random_);
      auto store = store::make_memory(clock_, random_);
      MemoryRoot root(vault, random_);
      auto keys = open_with(*store, root, true);
      const Bytes old = (*keys)->seal_bytes(Series::kKms, "a", "old");
      const Bytes iam = (*keys)->seal_bytes(Series::kIam, "a", "iam");
      ASSERT_TRUE(run_task((*keys)->open_epoch(Series::kKms)).ok());
      const Bytes now = (*keys)->seal_bytes(Series::kKms, "a", "new");
      const Rows backup = rows_of(*store);

      root.fail_at(step, after_effect);
      const bool done = run_task((*keys)->close_epochs_before(Series::kKms, 2)).ok();
      EXPECT_EQ(*(*keys)->open_bytes(Series::kKms, "a", now), "new")
          << "what lives stays open meanwhile";
      if (!done) {
        ++crashes;
        MemoryRoot again(vault, random_);
        keys = open_with(*store, again);
        ASSERT_TRUE(keys.ok()) << "step " << step << ": " << keys.error().message;
        ASSERT_TRUE(run_task((*keys)->close_epochs_before(Series::kKms, 2)).ok());
      }
      EXPECT_FALSE((*keys)->open_bytes(Series::kKms, "a", old).ok());
      EXPECT_EQ(*(*keys)->open_bytes(Series::kKms, "a", now), "new");
      EXPECT_EQ(*(*keys)->open_bytes(Series::kIam, "a", iam), "iam");
      EXPECT_EQ(vault.generations.size(), 1u) << "step " << step;
      MemoryRoot left(vault, random_);
      EXPECT_FALSE(open_with(*copy_of(backup), left).ok()) << "step " << step;
      if (done) break;
    }
    EXPECT_GE(crashes, 12);
  }
}

// Commits that conflict for no reason, or of which nobody knows whether they happened, are the rare
// paths of every change.
TEST_F(DomainKeysTest, ChangesSurviveAFaultyStore) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    auto vault = MemoryRoot::Vault::make(random_);
    MemoryRoot root(vault, random_);
    auto store = store::make_faulty(store::make_memory(clock_, random_),
                                    {.conflict = 0.3, .unknown = 0.3, .seed = seed});
    auto keys = open_with(*store, root, true);
    ASSERT_TRUE(keys.ok()) << seed;
    const Bytes old = (*keys)->seal_bytes(Series::kKms, "a", "old");
    for (uint32_t epoch = 2; epoch < 6; ++epoch) {
      ASSERT_TRUE(run_task((*keys)->open_epoch(Series::kKms)).ok()) << seed;
      const Bytes now = (*keys)->seal_bytes(Series::kKms, "a", "new");
      ASSERT_TRUE(run_task((*keys)->close_epochs_before(Series::kKms, epoch)).ok()) << seed;
      keys = open_with(*store, root);
      ASSERT_TRUE(keys.ok()) << seed;
      EXPECT_EQ((*keys)->epoch(Series::kKms), epoch);
      EXPECT_EQ(*(*keys)->open_bytes(Series::kKms, "a", now), "new");
      EXPECT_FALSE((*keys)->open_bytes(Series::kKms, "a", old).ok());
    }
  }
}

TEST_F(DomainKeysTest, ResetForgetsEverything) {
  auto keys = must_open(true);
  const Bytes sealed = keys->seal_bytes(Series::kS3, "a", "text");
  EXPECT_TRUE(*run_task(DomainKeys::has_rows(store_->meta())));
  ASSERT_TRUE(run_task(keys->reset()).ok());
  EXPECT_FALSE(keys->open_bytes(Series::kS3, "a", sealed).ok());
  const Bytes anew = keys->seal_bytes(Series::kS3, "a", "text");
  EXPECT_EQ(*must_open()->open_bytes(Series::kS3, "a", anew), "text");
  EXPECT_FALSE(*run_task(DomainKeys::has_rows(store::make_memory(clock_, random_)->meta())));
}

// The bytes of version 1. A change here is a new version, and this one must still be read.
TEST_F(DomainKeysTest, GoldenBytes) {
  State state;
  for (size_t i = 0; i < 16; ++i)
    state.store[i] = static_cast<uint8_t>(i), state.change[i] = static_cast<uint8_t>(0xa0 + i);
  state.closing_generation = 5;
  state.closing_series = 1;
  state.closing_before = 7;
  EXPECT_EQ(hex(encode_state(state)),
            "01000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf000000050100000007");
  EXPECT_EQ(encode_state(*decode_state(encode_state(state))), encode_state(state));
  EXPECT_EQ(domain_row_key({1, 7}), "domain/1/00000007");
  EXPECT_EQ(hex(domain_row("xyz")), "0178797a");
  EXPECT_EQ(hex(domain_aad(state.store, {2, 9})),
            "11636f6666657220646f6d61696e206b6579000102030405060708090a0b0c0d0e0f0200000009");
  EXPECT_FALSE(parse_domain_row_key("domain/1/0000000A"));
  EXPECT_FALSE(parse_domain_row_key("domain/5/00000001"));
  EXPECT_FALSE(parse_domain_row_key("domain/1/00000000"));

  // A store whose keys are known: the seeded twin draws the same ones every time.
  SeededRandom random(42);
  auto vault = MemoryRoot::Vault::make(random);
  MemoryRoot root(vault, random);
  auto store = store::make_memory(clock_, random_);
  auto keys = run_task(DomainKeys::open(store->meta(), root, random, true));
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(hex((*keys)->mac(Series::kAudit, "data")),
            "000000016574ff7ceef2bdb6fb4b854906cfab772a08b39088a3454523ac647f3ff7792a");
  EXPECT_EQ(hex((*keys)->seal_bytes(Series::kKms, "aad", "text")),
            "0101000000019df4a4634efea7a5de7fcb3b02653bc8c65a4a98f8e255ef2a0d"
            "8895de5d279ff0634d7f");
  EXPECT_EQ(hex((*keys)->wrap(Series::kKms, "aad", Secret::copy_of("0123456789abcdef"))),
            "01010000000155c2a4c97f1c35a3436ef04ac02d496199b5ba472c0071350a56"
            "c53e2982fc230b97f2c7a83bfd9ab2ac09a374141628");
}

}  // namespace
}  // namespace coffer::seal
