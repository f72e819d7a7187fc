// The life of a key, in AWS's words. Source: KMS Developer Guide, "Key states of AWS KMS keys".
#include "kms/lifecycle.h"

#include "kms/testing/fixture.h"

namespace coffer::kms {
namespace {

class LifecycleTest : public KmsFixture {
 protected:
  std::string encrypt_with(const KeyPtr& key) {
    auto usable = check_state(*now(key), Needs::kEnabled);
    return usable.ok() ? "ok" : refusal(usable);
  }
};

TEST_F(LifecycleTest, StatesAndTheirRefusals) {
  KeyPtr key = create({.description = "first"});
  const std::string arn = key->arn();
  EXPECT_EQ(refusal(change(key->id, [](Key& k) { return cancel_deletion(k); })),
            "KMSInvalidStateException: " + arn + " is not pending deletion.");
  must(change(key->id, [](Key& k) { return set_enabled(k, false); }));
  EXPECT_EQ(encrypt_with(key), "DisabledException: " + arn + " is disabled.");
  must(change(key->id, [](Key& k) { return set_enabled(k, false); }));
  EXPECT_EQ(refusal(change(key->id, [](Key& k) { return enable_rotation(k, 365, 0); })),
            "DisabledException: " + arn + " is disabled.");
  must(change(key->id, [](Key& k) { return set_enabled(k, true); }));
  EXPECT_EQ(encrypt_with(key), "ok");

  must(change(key->id, [this](Key& k) { return schedule_deletion(k, 7, clock_.business_ms()); }));
  EXPECT_EQ(now(key)->deletion_ms, clock_.business_ms() + 7 * kDayMs);
  const std::string pending = "KMSInvalidStateException: " + arn + " is pending deletion.";
  EXPECT_EQ(encrypt_with(key), pending);
  EXPECT_EQ(refusal(change(key->id, [](Key& k) { return set_enabled(k, true); })), pending);
  EXPECT_EQ(refusal(change(key->id, [](Key& k) { return schedule_deletion(k, 7, 0); })), pending);
  EXPECT_EQ(refusal(change(key->id, [](Key& k) { return set_description(k, "x"); })), pending);
  EXPECT_EQ(refusal(change(key->id, [](Key& k) { return add_tags(k, {{"a", "b"}}); })), pending);
  EXPECT_EQ(refusal(alias("alias/late", key)), pending);

  must(change(key->id, [](Key& k) { return cancel_deletion(k); }));
  EXPECT_EQ(now(key)->state, KeyState::kDisabled);
  EXPECT_EQ(now(key)->deletion_ms, 0);
}

TEST_F(LifecycleTest, Tags) {
  EXPECT_EQ(refusal(check_tags({{"AWS:x", ""}})),
            "TagException: Tags beginning with aws: are reserved");
  EXPECT_EQ(refusal(check_tags({{"a", "1"}, {"a", "2"}})), "TagException: Duplicate tag keys");
  EXPECT_EQ(refusal(check_tags({{"a", "1"}, {"A", "2"}})), "TagException: Duplicate tag keys");
  EXPECT_EQ(refusal(check_tags(TagList(51))), "TagException: Too many tags");
  KeyPtr key = create({.tags = {{"a", "1"}}});
  must(change(key->id, [](Key& k) { return add_tags(k, {{"a", "2"}, {"b", "3"}}); }));
  EXPECT_EQ(refusal(change(key->id, [](Key& k) { return add_tags(k, {{"B", "4"}}); })),
            "TagException: Duplicate tag keys");
  must(change(key->id, [](Key& k) { return remove_tags(k, {"a"}); }));
  EXPECT_EQ(now(key)->tags, (std::map<std::string, std::string>{{"b", "3"}}));
}

TEST_F(LifecycleTest, RotationKeepsOldCiphertextsReadable) {
  KeyPtr key = create();
  const Bytes first = seal_blob(*key, {}, secret("one"), random_);
  auto d = draft("RotateKeyOnDemand");
  must(sync_wait(kms_->rotate(target(key->id), RotationKind::kOnDemand, &d)));
  KeyPtr rotated = now(key);
  ASSERT_EQ(rotated->materials.size(), 2u);
  EXPECT_NE(rotated->cache_generation, key->cache_generation);
  EXPECT_EQ(text(must(open_blob(*rotated, {}, first)).plaintext), "one");
  const Bytes second = seal_blob(*rotated, {}, secret("two"), random_);
  EXPECT_EQ(parse_blob(second)->material, rotated->materials[1].id);
  EXPECT_FALSE(open_blob(*key, {}, second).ok());
}

TEST_F(LifecycleTest, RotationsOnDemandAreLimited) {
  KeyPtr key = create();
  for (int i = 0; i < kOnDemandRotationsMax; ++i)
    must(sync_wait(kms_->rotate(target(key->id), RotationKind::kOnDemand, nullptr)));
  EXPECT_EQ(refusal(sync_wait(kms_->rotate(target(key->id), RotationKind::kOnDemand, nullptr))),
            "LimitExceededException: The on-demand rotations limit has been reached for the given "
            "keyId. No more on-demand rotations can "
            "be performed for this key: " +
                key->arn());
}

TEST_F(LifecycleTest, RotatesWhenDue) {
  KeyPtr key = create();
  must(change(key->id, [this](Key& k) { return enable_rotation(k, 90, clock_.business_ms()); }));
  EXPECT_EQ(must(sync_wait(kms_->rotate_due())), 0u);
  clock_.advance_business(91 * kDayMs);
  must(change(key->id, [](Key& k) { return set_enabled(k, false); }));
  EXPECT_EQ(must(sync_wait(kms_->rotate_due())), 0u);
  must(change(key->id, [](Key& k) { return set_enabled(k, true); }));
  EXPECT_EQ(must(sync_wait(kms_->rotate_due())), 1u);
  EXPECT_EQ(must(sync_wait(kms_->rotate_due())), 0u);
  EXPECT_EQ(now(key)->current().kind, RotationKind::kAutomatic);
}

}  // namespace
}  // namespace coffer::kms
