#include "admin/migration_mark.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/system_random.h"

namespace coffer::admin {
namespace {

const Bytes kGolden = *unhex("01010102030405060708090a0b0c0d0e0f10");

TEST(MigrationMark, GoldenBytes) {
  const MigrationMark mark{MigrationMark::State::kUnderWay,
                           Id128::from(std::string_view(kGolden).substr(2))};
  EXPECT_EQ(encode(mark), kGolden);
  const auto read = decode_migration_mark(kGolden);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->id, mark.id);
  EXPECT_EQ(read->state, mark.state);
}

TEST(MigrationMark, RefusesWhatItDoesNotKnow) {
  for (const char* hex :
       {"02010102030405060708090a0b0c0d0e0f10", "01030102030405060708090a0b0c0d0e0f10",
        "01010102030405060708090a0b0c0d0e0f", "01010102030405060708090a0b0c0d0e0f1011", ""})
    EXPECT_FALSE(decode_migration_mark(*unhex(hex)).ok()) << hex;
}

TEST(MigrationMark, ClosesBothStores) {
  Clock clock;
  crypto::SystemRandom random;
  auto store = store::make_memory(clock, random);
  store::MetaStore& meta = store->meta();
  EXPECT_TRUE(sync_wait(may_be_served(meta)).ok());
  using State = MigrationMark::State;
  const MigrationMark under_way{State::kUnderWay, random.id128()},
      done{State::kDone, random.id128()};
  ASSERT_TRUE(sync_wait(set_migration_mark(meta, Side::kTarget, under_way)).ok());
  EXPECT_FALSE(sync_wait(may_be_read(meta)).ok());
  ASSERT_TRUE(sync_wait(set_migration_mark(meta, Side::kTarget, done)).ok());
  EXPECT_TRUE(sync_wait(may_be_served(meta)).ok());
  for (const MigrationMark& mark : {under_way, done}) {
    ASSERT_TRUE(sync_wait(set_migration_mark(meta, Side::kSource, mark)).ok());
    EXPECT_TRUE(sync_wait(may_be_read(meta)).ok());
    EXPECT_FALSE(sync_wait(may_be_served(meta)).ok());
  }
  EXPECT_TRUE(*sync_wait(reopen(meta)));
  EXPECT_FALSE(*sync_wait(reopen(meta)));
  EXPECT_TRUE(sync_wait(may_be_served(meta)).ok());
}

}  // namespace
}  // namespace coffer::admin
