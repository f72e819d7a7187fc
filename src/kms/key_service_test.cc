#include "kms/key_service.h"

#include "base/counters.h"
#include "kms/testing/fixture.h"

namespace coffer::kms {
namespace {

constexpr std::string_view kAllKms =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]})";

class KeyServiceTest : public KmsFixture {
 protected:
  std::string found(const authz::RequestContext& caller, const std::string& identifier,
                    Names names = Names::kKeysAndAliases) {
    auto t = kms_->find(caller, identifier, names);
    if (!t.ok()) return refusal(t);
    if (t->key) return t->key->id;
    return t->missing ? "missing " + t->missing->code + ": " + t->missing->message : "missing";
  }
  bool may(const authz::RequestContext& caller, const KeyPtr& key, std::string_view operation) {
    Target t = must(kms_->find(caller, key->arn(), Names::kKeysOnly));
    return authz::decide(caller, demand_of(t, caller.principal.account, operation)).allowed;
  }
  Status put_policy(const authz::RequestContext& caller, const KeyPtr& key, std::string text,
                    bool bypass = false) {
    auto d = draft("PutKeyPolicy");
    auto out = sync_wait(kms_->put_policy(caller, target(key->id), std::move(text), bypass, d));
    return out.ok() ? ok_status() : Status(out.error());
  }
};

TEST_F(KeyServiceTest, IdentifierForms) {
  KeyPtr key = create();
  must(alias("alias/app", key));
  const std::string prefix = "arn:aws:kms:us-east-1:111122223333:";
  for (const std::string& name :
       {key->id, key->arn(), std::string("alias/app"), prefix + "alias/app"})
    EXPECT_EQ(found(root(), name), key->id) << name;
  EXPECT_EQ(found(root(), "alias/app", Names::kKeysOnly),
            "NotFoundException: Invalid keyId alias/app");
  EXPECT_EQ(found(root(), "fake-key-id"), "NotFoundException: Invalid keyId 'fake-key-id'");
  EXPECT_EQ(found(root(), "mrk-fake"), "NotFoundException: Invalid keyId 'mrk-fake'");
  EXPECT_EQ(found(root(), "1234abcd12ab34cd56ef1234567890ab"),
            "NotFoundException: Invalid keyId '1234abcd12ab34cd56ef1234567890ab'");
  EXPECT_EQ(found(root(), "arn:aws:kms:eu-west-1:111122223333:key/" + key->id),
            "NotFoundException: Invalid arn eu-west-1");
  EXPECT_EQ(found(root(), "arn:aws:kms:us-east-1"),
            "InvalidArnException: Invalid arn arn:aws:kms:us-east-1");
  const std::string absent = "1234abcd-12ab-34cd-56ef-1234567890ab";
  EXPECT_EQ(found(root(), absent),
            "missing NotFoundException: Key '" + prefix + "key/" + absent + "' does not exist");
  EXPECT_EQ(found(root(), "alias/none"),
            "missing NotFoundException: Alias " + prefix + "alias/none is not found.");
}

TEST_F(KeyServiceTest, ForeignKeysLookAlikeWhetherTheyExistOrNot) {
  KeyPtr key = create();
  const std::string absent =
      "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  auto refused = [&](const std::string& arn) {
    auto caller = through_s3(root(kOther));
    std::string out = refusal(sync_wait(kms_->generate_data_key(caller, arn, {})));
    return out;
  };
  EXPECT_EQ(refused(key->arn()), refused(absent));
  EXPECT_THAT(refused(absent),
              testing::HasSubstr("AccessDeniedException: User: arn:aws:iam::444455556666:root is "
                                 "not authorized to perform: "
                                 "kms:GenerateDataKey on this resource because the resource does "
                                 "not exist in this Region"));
}

TEST_F(KeyServiceTest, AbsenceIsToldOnlyToWhoCouldUseKeys) {
  const std::string absent = "1234abcd-12ab-34cd-56ef-1234567890ab";
  auto nobody = sync_wait(kms_->generate_data_key(through_s3(user("bob")), absent, {}));
  EXPECT_EQ(nobody.error().code, "AccessDeniedException");
  auto somebody = sync_wait(kms_->generate_data_key(through_s3(user("bob", kAllKms)), absent, {}));
  EXPECT_EQ(somebody.error().code, "NotFoundException");
}

TEST_F(KeyServiceTest, DataKeysOpenUnderTheirKeyAndContextAlone) {
  KeyPtr key = create();
  auto via = through_s3(root());
  DataKey made =
      must(sync_wait(kms_->generate_data_key(via, key->id, {{"aws:s3:arn", "arn:aws:s3:::b/k"}})));
  EXPECT_EQ(made.key_arn, key->arn());
  Secret back = must(sync_wait(
      kms_->decrypt(via, key->arn(), made.ciphertext, {{"aws:s3:arn", "arn:aws:s3:::b/k"}})));
  EXPECT_TRUE(equal_ct(back, made.plaintext));
  EXPECT_EQ(refusal(sync_wait(kms_->decrypt(via, key->arn(), made.ciphertext,
                                            {{"aws:s3:arn", "arn:aws:s3:::b/j"}}))),
            "InvalidCiphertextException: ");
  KeyPtr other = create();
  EXPECT_EQ(refusal(sync_wait(kms_->decrypt(via, other->arn(), made.ciphertext,
                                            {{"aws:s3:arn", "arn:aws:s3:::b/k"}}))),
            "InvalidCiphertextException: ");
}

TEST_F(KeyServiceTest, EachUseIsOnRecordOnce) {
  KeyPtr key = create();
  auto via = through_s3(user("ann", kAllKms));
  DataKey made = must(sync_wait(kms_->generate_data_key(via, key->id, {{"c", "v"}})));
  auto events = must(sync_wait(log_->find_request(via.request_id)));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].name, "GenerateDataKey");
  EXPECT_EQ(events[0].identity.arn, "arn:aws:iam::111122223333:user/ann");
  EXPECT_EQ(events[0].invoked_by, "fas.s3.amazonaws.com");
  EXPECT_EQ(events[0].resources.at(0).arn, key->arn());
  EXPECT_THAT(audit::render_json(events[0]),
              testing::HasSubstr(R"("encryptionContext":{"c":"v"})"));

  auto stranger = through_s3(user("bob"));
  EXPECT_FALSE(sync_wait(kms_->decrypt(stranger, key->arn(), made.ciphertext, {{"c", "v"}})).ok());
  events = must(sync_wait(log_->find_request(stranger.request_id)));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].error_code, "AccessDeniedException");
}

TEST_F(KeyServiceTest, ARefusalIsOnRecordWithTheNameAlone) {
  KeyPtr key = create();
  must(alias("alias/app", key));
  auto key_id_on_record = [&](authz::RequestContext via) {
    (void)sync_wait(kms_->generate_data_key(via, "alias/app", {}));
    auto events = must(sync_wait(log_->find_request(via.request_id)));
    return events.at(0).request.back();
  };
  const audit::Parameter refused = key_id_on_record(through_s3(user("bob")));
  EXPECT_EQ(refused.name, "keyId");
  EXPECT_EQ(refused.value, "alias/app");
  EXPECT_EQ(key_id_on_record(through_s3(user("ann", kAllKms))).value, key->arn());
}

TEST_F(KeyServiceTest, AConditionSeesAllNamesThatDifferInCase) {
  KeyPtr key = create();
  const EncryptionContext context{{"App", "a"}, {"app", "b"}, {"x", "c"}};
  const Target target{.key = key, .account = key->account, .arn = key->arn()};
  const authz::Demand demand = demand_of(target, key->account, "Decrypt", &context);
  EXPECT_EQ(demand.conditions.find("kms:encryptioncontext:app")->effective,
            (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(demand.conditions.find("kms:encryptioncontext:x")->effective,
            (std::vector<std::string>{"c"}));
}

TEST_F(KeyServiceTest, BucketKeysAreReusedWhileCurrent) {
  KeyPtr key = create();
  auto via = through_s3(root());
  DataKey first = must(sync_wait(kms_->bucket_key(via, key->id, {{"b", "1"}}, {})));
  DataKey again = must(sync_wait(kms_->bucket_key(via, key->id, {{"b", "1"}}, first.ciphertext)));
  EXPECT_EQ(again.ciphertext, first.ciphertext);
  EXPECT_TRUE(equal_ct(again.plaintext, first.plaintext));
  DataKey elsewhere =
      must(sync_wait(kms_->bucket_key(via, key->id, {{"b", "2"}}, first.ciphertext)));
  EXPECT_NE(elsewhere.ciphertext, first.ciphertext);
  must(sync_wait(kms_->rotate(target(key->id), RotationKind::kOnDemand, nullptr)));
  DataKey renewed = must(sync_wait(kms_->bucket_key(via, key->id, {{"b", "1"}}, first.ciphertext)));
  EXPECT_NE(renewed.ciphertext, first.ciphertext);
  EXPECT_FALSE(equal_ct(renewed.plaintext, first.plaintext));
}

TEST_F(KeyServiceTest, ADisabledKeyClosesAtOnce) {
  KeyPtr key = create();
  auto via = through_s3(root());
  DataKey made = must(sync_wait(kms_->bucket_key(via, key->id, {}, {})));
  const uint64_t generation = kms_->generation(key->arn());
  EXPECT_NE(generation, 0u);
  const int64_t avoided = Counters::process().at("kms_calls_avoided");
  HeldKey held{.arn = key->arn(), .generation = generation};
  EXPECT_EQ(must(kms_->authorize_cached(via, KeyAction::kDecrypt, held)), DataKeys::Held::kGood);
  EXPECT_EQ(Counters::process().at("kms_calls_avoided"), avoided + 1);

  must(change(key->id, [](Key& k) { return set_description(k, "no reason to close"); }));
  EXPECT_EQ(kms_->generation(key->arn()), generation);
  auto check_closed = [&](const std::string& why) {
    EXPECT_NE(kms_->generation(key->arn()), generation);
    for (KeyAction action : {KeyAction::kDecrypt, KeyAction::kGenerateDataKey}) {
      EXPECT_EQ(must(kms_->authorize_cached(via, action, held)), DataKeys::Held::kStale);
      const HeldKey now{.arn = key->arn(), .generation = kms_->generation(key->arn())};
      EXPECT_EQ(refusal(kms_->authorize_cached(via, action, now)), why);
    }
    EXPECT_EQ(refusal(sync_wait(kms_->bucket_key(via, key->id, {}, made.ciphertext))), why);
    EXPECT_EQ(refusal(sync_wait(kms_->decrypt(via, key->arn(), made.ciphertext, {}))), why);
  };
  must(change(key->id, [](Key& k) { return set_enabled(k, false); }));
  check_closed("DisabledException: " + key->arn() + " is disabled.");
  must(change(key->id, [this](Key& k) { return schedule_deletion(k, 7, clock_.business_ms()); }));
  check_closed("KMSInvalidStateException: " + key->arn() + " is pending deletion.");
}

TEST_F(KeyServiceTest, PolicyIsTheRootOfTrust) {
  KeyPtr key = create();
  EXPECT_TRUE(may(root(), key, "Decrypt"));
  EXPECT_TRUE(may(user("ann", kAllKms), key, "Decrypt"));
  EXPECT_FALSE(may(user("ann"), key, "Decrypt"));
  const std::string only_ann =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/ann"},"Action":"kms:*","Resource":"*"}]})";
  EXPECT_EQ(refusal(put_policy(root(), key, only_ann)),
            "MalformedPolicyDocumentException: The new key policy will not allow you to update the "
            "key policy in the future.");
  must(put_policy(root(), key, only_ann, true));
  EXPECT_EQ(now(key)->policy.compiled->text(), only_ann);
  EXPECT_FALSE(may(root(), key, "Decrypt"));
  EXPECT_FALSE(may(user("bob", kAllKms), key, "Decrypt"));
  EXPECT_TRUE(may(user("ann"), key, "Decrypt"));

  // Ann is deleted and made again: another principal under an old name.
  people_.ids["arn:aws:iam::111122223333:user/ann"] = "AIDANEWANN";
  EXPECT_FALSE(may(user("ann"), key, "Decrypt"));
  restart();
  EXPECT_FALSE(may(user("ann"), key, "Decrypt"));
}

TEST_F(KeyServiceTest, PoliciesThatAreRefused) {
  KeyPtr key = create();
  auto naming = [](const std::string& principal) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)" + principal +
           R"(,"Action":"kms:*","Resource":"*"}]})";
  };
  EXPECT_EQ(refusal(put_policy(root(), key,
                               naming(R"({"AWS":"arn:aws:iam::111122223333:user/nobody"})"))),
            "MalformedPolicyDocumentException: Policy contains a statement with one or more "
            "invalid principals.");
  EXPECT_EQ(put_policy(root(), key, "{").error().code, "MalformedPolicyDocumentException");
  EXPECT_EQ(put_policy(root(), key, std::string(kPolicyBytesMax + 1, ' ')).error().code,
            "LimitExceededException");
}

TEST_F(KeyServiceTest, ThePolicyThatWasJudgedMustStillHold) {
  KeyPtr key = create();
  Target judged = target(key->id);
  must(put_policy(
      root(), key,
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]})"));
  auto d = draft("DisableKey");
  EXPECT_EQ(sync_wait(kms_->change(
                          judged, [](Key& k) { return set_enabled(k, false); }, &d))
                .error()
                .code,
            "KMSInternalException");
}

TEST_F(KeyServiceTest, TheManagedKeyIsMadeAtItsFirstAuthorizedUse) {
  const std::string arn = kms_->effective_arn(root(), "");
  EXPECT_EQ(arn, key_arn(kRegion, kAccount, managed_key_id(kAccount, kRegion)));
  EXPECT_EQ(refusal(sync_wait(kms_->generate_data_key(root(), "", {}))).substr(0, 21),
            "AccessDeniedException");
  EXPECT_TRUE(kms_->list_keys(kAccount, kRegion, "", 10).empty());
  DataKey made = must(sync_wait(kms_->generate_data_key(through_s3(root()), "", {})));
  EXPECT_EQ(made.key_arn, arn);
  auto keys = kms_->list_keys(kAccount, kRegion, "", 10);
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0]->manager, KeyManager::kAws);
  EXPECT_EQ(kms_->find_alias(kAccount, kRegion, kS3AliasName)->target, keys[0]->id);
  restart();
  EXPECT_TRUE(equal_ct(must(sync_wait(kms_->decrypt(through_s3(root()), arn, made.ciphertext, {}))),
                       made.plaintext));
  EXPECT_FALSE(may(root(), keys[0], "DisableKey"));
  EXPECT_TRUE(may(root(), keys[0], "DescribeKey"));
}

TEST_F(KeyServiceTest, Aliases) {
  KeyPtr a = create(), b = create();
  must(alias("alias/app", a));
  EXPECT_EQ(refusal(alias("alias/app", b)),
            "AlreadyExistsException: An alias with the name "
            "arn:aws:kms:us-east-1:111122223333:alias/app already exists");
  EXPECT_EQ(*target("alias/app").aliases, std::vector<std::string>{"alias/app"});
  auto d = draft("UpdateAlias");
  must(sync_wait(
      kms_->update_alias(target(b->id), *kms_->find_alias(kAccount, kRegion, "alias/app"), d)));
  EXPECT_EQ(target("alias/app").key->id, b->id);
  EXPECT_TRUE(kms_->aliases_of(*a).empty());
  restart();
  EXPECT_EQ(kms_->aliases_of(*b), std::vector<std::string>{"alias/app"});
  must(sync_wait(
      kms_->delete_alias(kAccount, kRegion, *kms_->find_alias(kAccount, kRegion, "alias/app"), d)));
  EXPECT_FALSE(kms_->find_alias(kAccount, kRegion, "alias/app"));
  EXPECT_TRUE(kms_->aliases_of(*b).empty());
}

TEST_F(KeyServiceTest, RestartSeesEverything) {
  KeyPtr key = create({.description = "lasting", .tags = {{"team", "x"}}});
  must(alias("alias/app", key));
  must(sync_wait(kms_->rotate(target(key->id), RotationKind::kOnDemand, nullptr)));
  const Bytes blob = seal_blob(*now(key), {}, secret("kept"), random_);
  restart();
  KeyPtr back = target("alias/app").key;
  ASSERT_TRUE(back);
  EXPECT_EQ(back->description, "lasting");
  EXPECT_EQ(back->tags.at("team"), "x");
  EXPECT_EQ(back->materials.size(), 2u);
  EXPECT_EQ(text(must(open_blob(*back, {}, blob)).plaintext), "kept");
}

TEST_F(KeyServiceTest, ACorruptRecordStopsTheLoad) {
  KeyPtr key = create();
  store::Row row = rows_of(kAccount).at(0);
  row.value.back() = static_cast<char>(row.value.back() ^ 1);
  ASSERT_EQ(sync_wait(meta_->commit({.in = {"account/" + kAccount}, .puts = {row}})),
            store::Commit::kDone);
  EXPECT_FALSE(sync_wait(make_service()->load()).ok());
}

}  // namespace
}  // namespace coffer::kms
