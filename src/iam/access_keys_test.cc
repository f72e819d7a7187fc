#include "iam/names.h"
#include "iam/testing/fixture.h"

namespace coffer::iam {
namespace {

using testing::MatchesRegex;

class AccessKeys : public IamFixture {};
INSTANTIATE_TEST_SUITE_P(Stores, AccessKeys, testing::Bool(),
                         [](const auto& i) { return i.param ? "faulty" : "plain"; });

TEST_P(AccessKeys, HoldTheirAccountsNumber) {
  must(create("bob"));
  NewAccessKey key = key_of("bob");
  EXPECT_THAT(key.key.id, MatchesRegex("AKIA[A-Z2-7]{16}"));
  EXPECT_EQ(account_in(key.key.id), kAccount);
  EXPECT_EQ(account_in(access_key_id(random_, "AKIA", "999999999999")), "999999999999");
  EXPECT_EQ(account_in(access_key_id(random_, "AKIA", "000000000001")), "000000000001");
  EXPECT_EQ(account_in("ASIAQNZGKIQY56JQ7WML"), "029608264753");  // a published example
  EXPECT_THAT(text(key.secret), MatchesRegex("[A-Za-z0-9+/]{40}"));
}

TEST_P(AccessKeys, OpenTheDoorWhileTheyAreActive) {
  UserPtr bob = must(create("bob", "/team/"));
  NewAccessKey key = key_of("bob");
  for (int pass = 0; pass < 2; ++pass) {
    Authenticated who = enter(key);
    EXPECT_EQ(who.principal.type, authz::PrincipalType::kUser);
    EXPECT_EQ(who.principal.arn, bob->arn());
    EXPECT_EQ(who.principal.principal_id, bob->id);
    EXPECT_EQ(who.principal.name, "bob");
    EXPECT_EQ(who.principal.account, kAccount);
    EXPECT_EQ(who.principal.access_key_id, key.key.id);
    EXPECT_TRUE(who.policies.identity.empty());
    EXPECT_TRUE(Authenticator::matches(*who.signing_key, "chunk",
                                       hex(crypto::hmac_sha256(*who.signing_key, "chunk").view())));
    restart();
  }
  Presented good = sign(key.key.id, key.secret);
  EXPECT_EQ(refused(good), std::nullopt);
  must(ask(&Iam::update_access_key, kAccount, "bob", key.key.id, false));
  EXPECT_EQ(refused(good), Refusal::kUnknownKey);
  EXPECT_FALSE(must(iam_->access_keys(kAccount, "bob", {})).items[0].active);
  must(ask(&Iam::update_access_key, kAccount, "bob", key.key.id, true));
  EXPECT_EQ(refused(good), std::nullopt);
  must(ask(&Iam::delete_access_key, kAccount, "bob", key.key.id));
  EXPECT_EQ(refused(good), Refusal::kUnknownKey);
}

TEST_P(AccessKeys, WrongSignaturesAndStrangersAreRefused) {
  must(create("bob"));
  NewAccessKey key = key_of("bob");
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(refused(sign(key.key.id, Secret::copy_of("another"))), Refusal::kBadSignature);
    EXPECT_EQ(refused(sign("AKIAUNKNOWNUNKNOWN22", key.secret)), Refusal::kUnknownKey);
    EXPECT_EQ(refused(sign("", key.secret)), Refusal::kUnknownKey);
    Presented p = sign(key.key.id, key.secret);
    p.signature.pop_back();
    EXPECT_EQ(refused(p), Refusal::kBadSignature);
    p = sign(key.key.id, key.secret);
    p.region = "eu-west-1";
    EXPECT_EQ(refused(p), Refusal::kBadSignature);
    p = sign(key.key.id, key.secret);
    p.session_token = "token";
    EXPECT_EQ(refused(p), Refusal::kBadToken);
    EXPECT_EQ(refused(sign(key.key.id, key.secret)), std::nullopt);
  }
}

TEST_P(AccessKeys, OpenTheDoorWithVersion2) {
  must(create("bob"));
  NewAccessKey key = key_of("bob");
  Presented p{.access_key_id = key.key.id,
              .string_to_sign = "GET\n\n\n1\n/b/k",
              .scheme = Scheme::kVersion2};
  p.signature = base64(crypto::hmac_sha1(key.secret, p.string_to_sign).view());
  Authenticated who = std::get<1>(knock(p));
  EXPECT_EQ(who.principal.name, "bob");
  EXPECT_EQ(who.signing_key, nullptr);
  p.scheme = Scheme::kVersion4;
  EXPECT_EQ(refused(p), Refusal::kBadSignature);
  p.scheme = Scheme::kVersion2;
  p.string_to_sign += "x";
  EXPECT_EQ(refused(p), Refusal::kBadSignature);
  p.access_key_id = "AKIAUNKNOWNUNKNOWN22";
  EXPECT_EQ(refused(p), Refusal::kUnknownKey);
}

TEST_P(AccessKeys, OfTheRootOpenTheAccount) {
  Authenticated who = std::get<1>(knock(sign(kRootKey, Secret::copy_of(kRootSecret))));
  EXPECT_TRUE(who.principal.is_root());
  EXPECT_EQ(who.principal.arn, "arn:aws:iam::111122223333:root");
  EXPECT_EQ(who.principal.principal_id, kAccount);
  must(run_task(iam_->add_root_key("minioadmin", Secret::copy_of("minioadmin"))));
  EXPECT_EQ(refused(sign("minioadmin", Secret::copy_of("minioadmin"))), std::nullopt);
  must(run_task(iam_->add_root_key("minioadmin", Secret::copy_of("changed"))));
  EXPECT_EQ(refused(sign("minioadmin", Secret::copy_of("minioadmin"))), Refusal::kBadSignature);
  EXPECT_EQ(refused(sign("minioadmin", Secret::copy_of("changed"))), std::nullopt);
  restart();
  EXPECT_EQ(refused(sign("minioadmin", Secret::copy_of("changed"))), std::nullopt);
  EXPECT_EQ(must(iam_->access_keys(kAccount, "", {})).items.size(), 2u);
  NewAccessKey more = must(ask(&Iam::create_access_key, kAccount, ""));
  EXPECT_TRUE(enter(more).principal.is_root());
  must(ask(&Iam::delete_access_key, kAccount, "", more.key.id));
  EXPECT_EQ(refused(sign(more.key.id, more.secret)), Refusal::kUnknownKey);
  EXPECT_EQ(iam_->root_of(kAccount).principal.arn, "arn:aws:iam::111122223333:root");
}

TEST_P(AccessKeys, RefusalsReadAsAws) {
  must(create("bob"));
  must(create("ann"));
  NewAccessKey key = key_of("bob");
  key_of("bob");
  EXPECT_EQ(refusal(ask(&Iam::create_access_key, kAccount, "bob")),
            "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2");
  EXPECT_EQ(refusal(ask(&Iam::create_access_key, kAccount, "no")),
            "NoSuchEntity: The user with name no cannot be found.");
  std::string missing = "NoSuchEntity: The Access Key with id " + key.key.id + " cannot be found";
  EXPECT_EQ(refusal(ask(&Iam::delete_access_key, kAccount, "ann", key.key.id)), missing);
  EXPECT_EQ(refusal(ask(&Iam::update_access_key, kAccount, "", key.key.id, false)), missing);
  EXPECT_EQ(refusal(iam_->access_key_last_used(kOther, key.key.id)), missing);
  auto page = must(iam_->access_keys(kAccount, "bob", {.max = 1}));
  ASSERT_TRUE(page.marker);
  EXPECT_EQ(page.items[0].id, key.key.id);
  EXPECT_EQ(must(iam_->access_keys(kAccount, "bob", {.marker = page.marker})).items.size(), 1u);
}

TEST_P(AccessKeys, LastUseIsNotedAndWrittenDown) {
  must(create("bob"));
  NewAccessKey key = key_of("bob");
  EXPECT_EQ(must(iam_->access_key_last_used(kAccount, key.key.id)).service, "N/A");
  iam_->used(key.key.id, "s3", "us-east-1", clock_.business_ms());
  iam_->used("AKIAUNKNOWNUNKNOWN22", "s3", "us-east-1", clock_.business_ms());
  must(run_task(iam_->flush_last_used()));
  restart();
  LastUsed last = must(iam_->access_key_last_used(kAccount, key.key.id));
  if (!GetParam()) EXPECT_EQ(last.used_ms, clock_.business_ms());  // a faulty store may lose it
  EXPECT_EQ(last.user_name, "bob");
  iam_->used(key.key.id, "kms", "eu-west-1", clock_.business_ms() + 1);
  EXPECT_EQ(must(iam_->access_key_last_used(kAccount, key.key.id)).service, "kms");
  must(ask(&Iam::delete_access_key, kAccount, "bob", key.key.id));
  auto rows = must(run_task(
      store_->meta().scan({"account/" + kAccount}, store::prefix_range("iam/last-used/"), {})));
  EXPECT_TRUE(rows.rows.empty());
}

TEST_P(AccessKeys, SecretsAreNowhereInTheStore) {
  must(create("bob"));
  std::string secret = text(key_of("bob").secret);
  auto rows = must(run_task(store_->meta().scan({"account/" + kAccount}, {}, {.rows = 4096})));
  EXPECT_FALSE(rows.rows.empty());
  for (const store::Row& row : rows.rows)
    EXPECT_EQ(row.value.find(secret), std::string::npos) << row.key;
}

TEST_P(AccessKeys, ProfileNamesTheRootKey) {
  EXPECT_EQ(credentials_profile({kRootKey, Secret::copy_of(kRootSecret)}, "us-east-1"),
            "[default]\naws_access_key_id = " + kRootKey +
                "\naws_secret_access_key = " + kRootSecret + "\nregion = us-east-1\n");
}

}  // namespace
}  // namespace coffer::iam
