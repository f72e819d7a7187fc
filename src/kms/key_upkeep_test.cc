// Deletions are final; changes under contention and faults are neither lost nor doubled.
#include "kms/testing/fixture.h"

namespace coffer::kms {
namespace {

class UpkeepTest : public KmsFixture {
 protected:
  KeyPtr doomed() {
    KeyPtr key = create();
    must(alias("alias/doomed", key));
    must(change(key->id, [this](Key& k) { return schedule_deletion(k, 7, clock_.business_ms()); }));
    return key;
  }
  // What a thief does: rows copied earlier, under the root that is left today.
  Status open_copy(const std::vector<store::Row>& seal_rows,
                   const std::vector<store::Row>& kms_rows) {
    auto copy = store::make_memory(clock_, random_);
    EXPECT_EQ(sync_wait(copy->meta().commit({.in = {"seal"}, .puts = seal_rows})),
              store::Commit::kDone);
    EXPECT_EQ(sync_wait(copy->meta().commit({.in = {"account/" + kAccount}, .puts = kms_rows})),
              store::Commit::kDone);
    auto keys = sync_wait(seal::DomainKeys::open(copy->meta(), root_, random_, false));
    if (!keys.ok()) return keys.error();
    KeyService other({copy->meta(), **keys, *log_, clock_, random_, pool_, people_, kRegion, {}});
    return sync_wait(other.load());
  }
  std::vector<store::Row> seal_rows() {
    return must(sync_wait(meta_->scan({"seal"}, {}, {.rows = 4096}))).rows;
  }
};

TEST_F(UpkeepTest, DeletionWaitsForItsDay) {
  KeyPtr key = doomed();
  clock_.advance_business(7 * kDayMs - 1);
  EXPECT_EQ(must(sync_wait(kms_->delete_due())), 0u);
  clock_.advance_business(1);
  EXPECT_FALSE(kms_->closing_due());
  EXPECT_EQ(must(sync_wait(kms_->delete_due())), 1u);
  EXPECT_TRUE(kms_->closing_due());
  EXPECT_EQ(must(sync_wait(kms_->delete_due())), 0u);
  EXPECT_EQ(target(key->id).missing->code, "NotFoundException");
  EXPECT_FALSE(kms_->find_alias(kAccount, kRegion, "alias/doomed"));
  EXPECT_EQ(kms_->generation(key->arn()), 0u);
}

TEST_F(UpkeepTest, NothingOpensWhatWasDeleted) {
  KeyPtr survivor = create();
  must(alias("alias/survivor", survivor));
  KeyPtr key = doomed();
  const Bytes kept = seal_blob(*survivor, {}, secret("kept"), random_);
  const auto seal_before = seal_rows(), kms_before = rows_of(kAccount);
  must(open_copy(seal_before, kms_before));

  clock_.advance_business(8 * kDayMs);
  EXPECT_EQ(must(sync_wait(kms_->delete_due())), 1u);
  must(sync_wait(kms_->close_epoch()));
  EXPECT_FALSE(kms_->closing_due());
  EXPECT_FALSE(open_copy(seal_before, kms_before).ok());  // the root has moved on
  EXPECT_FALSE(open_copy(seal_rows(), kms_before).ok());  // and the domain key is gone
  must(open_copy(seal_rows(), rows_of(kAccount)));

  restart();
  EXPECT_FALSE(kms_->closing_due());
  EXPECT_EQ(text(must(open_blob(*target("alias/survivor").key, {}, kept)).plaintext), "kept");
  EXPECT_TRUE(target(key->id).missing);
}

TEST_F(UpkeepTest, AnInterruptedClosingIsDoneAgain) {
  KeyPtr survivor = create();
  doomed();
  clock_.advance_business(8 * kDayMs);
  must(sync_wait(kms_->delete_due()));
  must(sync_wait(domain_->open_epoch(seal::Series::kKms)));  // and there the process died
  restart();
  EXPECT_TRUE(kms_->closing_due());
  must(sync_wait(kms_->close_epoch()));
  EXPECT_FALSE(kms_->closing_due());
  restart();
  EXPECT_TRUE(target(survivor->id).key);
}

Task<bool> tag(KeyService& kms, KeyPtr key, std::string name) {
  Target target{.key = key, .account = key->account, .arn = key->arn()};
  auto out = co_await kms.change(
      target,
      [name](Key& k) {
        k.description += name;
        return ok_status();
      },
      nullptr);
  co_return out.ok();
}

TEST_F(UpkeepTest, ConcurrentChangesAreNotLost) {
  KeyPtr key = create();
  asio::thread_pool threads(4);
  std::atomic<int> failed{0};
  for (int i = 0; i < 40; ++i)
    asio::co_spawn(threads, tag(*kms_, key, "x"), [&](std::exception_ptr e, bool done) {
      if (e || !done) ++failed;
    });
  threads.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(now(key)->description, std::string(40, 'x'));
  EXPECT_EQ(now(key)->generation, 41u);
}

class FaultyTest : public KmsFixture, public testing::WithParamInterface<uint64_t> {
 protected:
  FaultyTest()
      : KmsFixture(store::FaultRates{.conflict = 0.05, .unknown = 0.01, .seed = GetParam()}) {}
};

TEST_P(FaultyTest, NothingIsLostOrDoubled) {
  std::vector<KeyPtr> keys;
  for (int i = 0; i < 20; ++i) keys.push_back(create());
  for (int round = 0; round < 5; ++round)
    for (const KeyPtr& key : keys) {
      must(change(key->id, [](Key& k) {
        k.description += "x";
        return ok_status();
      }));
      must(sync_wait(kms_->rotate(target(key->id), RotationKind::kOnDemand, nullptr)));
    }
  for (size_t i = 0; i < keys.size(); ++i) must(alias("alias/" + std::to_string(i), keys[i]));
  for (size_t i = 0; i < 10; ++i)
    must(change(keys[i]->id,
                [this](Key& k) { return schedule_deletion(k, 7, clock_.business_ms()); }));
  clock_.advance_business(8 * kDayMs);
  size_t destroyed = 0;
  for (int i = 0; i < 3; ++i) destroyed += must(sync_wait(kms_->delete_due()));
  EXPECT_EQ(destroyed, 10u);
  must(sync_wait(kms_->close_epoch()));
  restart();
  for (size_t i = 0; i < keys.size(); ++i) {
    KeyPtr key = target(keys[i]->id).key;
    ASSERT_EQ(key == nullptr, i < 10) << i;
    if (!key) continue;
    EXPECT_EQ(key->description, "xxxxx");
    EXPECT_EQ(key->materials.size(), 6u);
    EXPECT_EQ(kms_->aliases_of(*key).size(), 1u);
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, FaultyTest, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace coffer::kms
