#include <set>
#include <thread>

#include "iam/records.h"
#include "iam/testing/fixture.h"

namespace coffer::iam {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

class Users : public IamFixture {};
INSTANTIATE_TEST_SUITE_P(Stores, Users, testing::Bool(),
                         [](const auto& i) { return i.param ? "faulty" : "plain"; });

TEST_P(Users, AreMadeFoundAndListed) {
  UserPtr bob = must(create("Bob", "/team/a/"));
  EXPECT_THAT(bob->id, MatchesRegex("AIDA[A-Z2-7]{17}"));
  EXPECT_EQ(bob->arn(), "arn:aws:iam::111122223333:user/team/a/Bob");
  EXPECT_EQ(must(iam_->user(kAccount, "bOB"))->id, bob->id);
  must(create("ann"));
  auto all = must(iam_->users(kAccount, "/", {}));
  ASSERT_EQ(all.items.size(), 2u);
  EXPECT_EQ(all.items[0]->name, "ann");
  EXPECT_FALSE(all.marker);
  EXPECT_EQ(must(iam_->users(kAccount, "/team/", {})).items.size(), 1u);
  EXPECT_EQ(iam_->id_of("arn:aws:iam::111122223333:user/team/a/Bob"), bob->id);
  EXPECT_EQ(iam_->id_of("arn:aws:iam::111122223333:user/Bob"), std::nullopt);
  EXPECT_EQ(iam_->arn_of(bob->id), bob->arn());
  EXPECT_TRUE(iam_->account_exists(kAccount));
  EXPECT_FALSE(iam_->account_exists(kOther));
}

TEST_P(Users, RefusalsReadAsAws) {
  must(create("bob"));
  EXPECT_EQ(refusal(create("BOB")), "EntityAlreadyExists: User with name BOB already exists.");
  EXPECT_EQ(refusal(iam_->user(kAccount, "nobody")),
            "NoSuchEntity: The user with name nobody cannot be found.");
  EXPECT_EQ(refusal(ask(&Iam::delete_user, kAccount, "nobody")),
            "NoSuchEntity: The user with name nobody cannot be found.");
  EXPECT_EQ(refusal(create("a/b")),
            "ValidationError: The specified value for userName is invalid. It must contain only "
            "alphanumeric "
            "characters and/or the following: +=,.@_-");
  EXPECT_EQ(
      refusal(create("ok", "team")),
      "ValidationError: The specified value for path is invalid. It must begin and end with / and "
      "contain only alphanumeric characters and/or / characters.");
  EXPECT_EQ(refusal(create(std::string(65, 'a'))).substr(0, 43),
            "ValidationError: 1 validation error detecte");
  Iam::NewUser twice{.name = "tags", .tags = {{"Team", "a"}, {"team", "b"}}};
  EXPECT_EQ(
      refusal(ask(&Iam::create_user, kAccount, twice)),
      "InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.");
}

TEST_P(Users, DeletionWantsAnEmptyUser) {
  must(create("bob"));
  NewAccessKey key = key_of("bob");
  std::string arn = policy("p", allow("s3:*"));
  must(ask(&Iam::attach_user_policy, kAccount, "bob", arn));
  must(ask(&Iam::put_user_policy, kAccount, "bob", "inline", allow("kms:*")));
  EXPECT_EQ(refusal(ask(&Iam::delete_user, kAccount, "bob")),
            "DeleteConflict: Cannot delete entity, must delete access keys first.");
  must(ask(&Iam::delete_access_key, kAccount, "bob", key.key.id));
  EXPECT_EQ(refusal(ask(&Iam::delete_user, kAccount, "bob")),
            "DeleteConflict: Cannot delete entity, must detach all policies first.");
  must(ask(&Iam::detach_user_policy, kAccount, "bob", arn));
  EXPECT_EQ(refusal(ask(&Iam::delete_user, kAccount, "bob")),
            "DeleteConflict: Cannot delete entity, must delete policies first.");
  must(ask(&Iam::delete_user_policy, kAccount, "bob", "inline"));
  must(ask(&Iam::delete_user, kAccount, "bob"));
  EXPECT_FALSE(iam_->user(kAccount, "bob").ok());
  restart();
  EXPECT_FALSE(iam_->user(kAccount, "bob").ok());
}

TEST_P(Users, WhoComesBackUnderAnOldNameIsSomebodyElse) {
  UserPtr first = must(create("bob"));
  must(ask(&Iam::delete_user, kAccount, "bob"));
  UserPtr second = must(create("bob"));
  EXPECT_NE(first->id, second->id);
  EXPECT_EQ(iam_->id_of(second->arn()), second->id);
  EXPECT_EQ(iam_->arn_of(first->id), std::nullopt);
}

TEST_P(Users, ANewNameTakesEverythingAlong) {
  UserPtr bob = must(create("bob"));
  NewAccessKey key = key_of("bob");
  must(ask(&Iam::put_user_policy, kAccount, "bob", "inline", allow("s3:GetObject")));
  must(create("ann"));
  EXPECT_EQ(refusal(ask(&Iam::update_user, kAccount, "bob", std::string("Ann"), std::nullopt)),
            "EntityAlreadyExists: User with name Ann already exists.");
  must(ask(&Iam::update_user, kAccount, "bob", std::string("robert"), std::string("/staff/")));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_FALSE(iam_->user(kAccount, "bob").ok());
    UserPtr robert = must(iam_->user(kAccount, "robert"));
    EXPECT_EQ(robert->id, bob->id);
    EXPECT_EQ(robert->arn(), "arn:aws:iam::111122223333:user/staff/robert");
    EXPECT_EQ(must(iam_->user_policy(kAccount, "robert", "inline")), allow("s3:GetObject"));
    EXPECT_EQ(enter(key).principal.arn, robert->arn());
    EXPECT_TRUE(may(key, "s3:GetObject"));
    restart();
  }
  must(ask(&Iam::update_user, kAccount, "robert", std::string("Robert"),
           std::nullopt));  // another case of the same name
  restart();
  EXPECT_EQ(must(iam_->user(kAccount, "robert"))->name, "Robert");
}

TEST_P(Users, ABoundaryIsKeptAndHoldsItsPolicy) {
  std::string arn = policy("fence", allow("s3:*"));
  Iam::NewUser request{.name = "bob", .boundary = arn, .tags = {{"team", "blue"}}};
  must(ask(&Iam::create_user, kAccount, request));
  EXPECT_EQ(refusal(ask(&Iam::delete_policy, kAccount, arn)),
            "DeleteConflict: Cannot delete a policy attached to entities.");
  restart();
  NewAccessKey key = key_of("bob");
  must(ask(&Iam::put_user_policy, kAccount, "bob", "all", allow("*")));
  EXPECT_TRUE(may(key, "s3:GetObject"));
  EXPECT_FALSE(may(key, "kms:Decrypt"));
  EXPECT_EQ(enter(key).principal.tags["team"], "blue");
  EXPECT_EQ(must(iam_->policy(kAccount, arn)).boundary_count, 1);
}

TEST_P(Users, ListsGoOnWhereTheyStopped) {
  for (int i = 0; i < 7; ++i) must(create(fmt::format("user-{}", i)));
  std::vector<std::string> seen;
  PageRequest page{.max = 3};
  for (int pages = 0; pages < 4; ++pages) {
    auto answer = must(iam_->users(kAccount, "/", page));
    for (const UserPtr& u : answer.items) seen.push_back(u->name);
    if (pages == 0) must(ask(&Iam::delete_user, kAccount, "user-2"));
    page.marker = answer.marker;
    if (!page.marker) break;
  }
  EXPECT_THAT(seen,
              ElementsAre("user-0", "user-1", "user-2", "user-3", "user-4", "user-5", "user-6"));
  EXPECT_EQ(refusal(iam_->users(kAccount, "/", {.marker = "%%"})),
            "ValidationError: Invalid Marker.");
  EXPECT_FALSE(iam_->users(kAccount, "/", {.max = 1001}).ok());
}

TEST_P(Users, OneOfManyThatMakeTheSameUserWins) {
  std::atomic<int> made{0}, existed{0}, others{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      audit::Draft same = draft(), own = draft();
      auto result = run_task(iam_->create_user(kAccount, {.name = t % 2 ? "Twin" : "twin"}, same));
      if (result.ok())
        ++made;
      else if (result.error().code == "EntityAlreadyExists")
        ++existed;
      if (run_task(iam_->create_user(kAccount, {.name = fmt::format("own-{}", t)}, own)).ok())
        ++others;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(existed, 7);
  EXPECT_EQ(others, 8);
  EXPECT_EQ(must(iam_->users(kAccount, "/", {})).items.size(), 9u);
  restart();
  EXPECT_EQ(must(iam_->users(kAccount, "/", {})).items.size(), 9u);
}

TEST_P(Users, EveryChangeLeavesItsRecord) {
  audit::Draft d = draft("CreateUser");
  must(run_task(iam_->create_user(kAccount, {.name = "bob"}, d)));
  EXPECT_TRUE(d.used());
  EXPECT_EQ(d.partition().name, "account/" + kAccount);
  audit::Draft again = draft("CreateUser");
  EXPECT_FALSE(run_task(iam_->create_user(kAccount, {.name = "bob"}, again)).ok());
  EXPECT_FALSE(again.used());
  auto rows =
      must(run_task(store_->meta().scan({"account/" + kAccount}, store::prefix_range("o/"), {})));
  EXPECT_EQ(rows.rows.size(), 1u);
}

TEST_P(Users, AnotherWritersChangesAreSeenBeforeTheyAreBuiltUpon) {
  Iam other(Deps{store_->meta(), *domain_, *log_, clock_, random_, pool_, "us-east-1", kAccount});
  must(run_task(other.load()));
  audit::Draft d = draft();
  UserPtr bob = must(run_task(other.create_user(kAccount, {.name = "bob"}, d)));
  EXPECT_EQ(refusal(create("bob")), "EntityAlreadyExists: User with name bob already exists.");
  EXPECT_EQ(must(iam_->user(kAccount, "bob"))->id, bob->id);
  must(ask(&Iam::delete_user, kAccount, "bob"));
  audit::Draft e = draft(), f = draft();
  must(run_task(other.create_user(kAccount, {.name = "ann"},
                                  e)));  // finds the account changed, and reads it anew
  EXPECT_NE(must(run_task(other.create_user(kAccount, {.name = "bob"}, f)))->id, bob->id);
}

TEST_P(Users, AccountsHaveTheirOwn) {
  RootKey root = *must(run_task(iam_->bootstrap_account(kOther)));
  must(create("bob"));
  EXPECT_FALSE(iam_->user(kOther, "bob").ok());
  EXPECT_EQ(enter({{.id = root.access_key_id}, root.secret.clone()}).principal.account, kOther);
  EXPECT_THAT(iam_->organization_id(), MatchesRegex("o-[a-z0-9]{10}"));
  EXPECT_THAT(iam_->canonical_id(kAccount), MatchesRegex("[0-9a-f]{64}"));
  EXPECT_NE(iam_->canonical_id(kAccount), iam_->canonical_id(kOther));
  EXPECT_EQ(iam_->account_of_canonical_id(iam_->canonical_id(kOther)), kOther);
  std::string organization = iam_->organization_id(), canonical = iam_->canonical_id(kAccount);
  restart();
  EXPECT_EQ(iam_->organization_id(), organization);
  EXPECT_EQ(iam_->canonical_id(kAccount), canonical);
  EXPECT_THAT(iam_->accounts(), ElementsAre(kAccount, kOther));
  EXPECT_FALSE(must(run_task(iam_->bootstrap_account(kOther))));
  iam_->reset();
  EXPECT_FALSE(iam_->account_exists(kAccount));
}

TEST_P(Users, RootKeysThatWereDeletedDoNotComeBack) {
  RootKey root = *must(run_task(iam_->bootstrap_account(kOther)));
  auto again = [&](const std::string& id) {
    return must(run_task(iam_->bootstrap_account(kOther, id, Secret::copy_of("another"))));
  };
  must(ask(&Iam::update_access_key, kOther, "", root.access_key_id, false));
  EXPECT_FALSE(must(run_task(iam_->bootstrap_account(kOther))));
  EXPECT_FALSE(again(root.access_key_id));
  must(ask(&Iam::delete_access_key, kOther, "", root.access_key_id));
  restart();
  EXPECT_FALSE(must(run_task(iam_->bootstrap_account(kOther))));
  EXPECT_TRUE(must(iam_->access_keys(kOther, "", {})).items.empty());
  auto given = again("AKIAGIVENGIVENGIVEN2");
  ASSERT_TRUE(given);
  EXPECT_EQ(given->access_key_id, "AKIAGIVENGIVENGIVEN2");
}

TEST_P(Users, RowsTellNothingAndOpenInTheirPlaceAlone) {
  Iam::NewUser bob{.name = "bob", .path = "/secret-path/", .tags = {{"Team", "secret-tag"}}};
  must(ask(&Iam::create_user, kAccount, bob));
  must(create("ann"));
  must(ask(&Iam::attach_user_policy, kAccount, "bob", policy("p", allow("s3:*"))));
  must(ask(&Iam::put_user_policy, kAccount, "bob", "inline", allow("kms:*")));
  const store::Partition in{"account/" + kAccount};
  auto rows = must(run_task(store_->meta().scan(in, store::prefix_range("iam/"), {.rows = 4096})));
  EXPECT_GE(rows.rows.size(), 7u);
  for (const store::Row& row : rows.rows)
    for (const char* text : {"secret-path", "secret-tag", "arn:aws", "2012-10-17", "AKIA"})
      EXPECT_EQ(row.value.find(text), std::string::npos) << row.key;

  auto put = [&](const std::string& key, Bytes value) {
    while (run_task(store_->meta().commit({.in = in, .puts = {{key, value}}})) !=
           store::Commit::kDone) {
    }
    Iam other(Deps{store_->meta(), *domain_, *log_, clock_, random_, pool_, "us-east-1", kAccount});
    return run_task(other.load()).ok();
  };
  auto row = [&](const std::string& key) { return *must(run_task(store_->meta().get(in, key))); };
  const Bytes ann = row("iam/user/ann"), head = row("iam/account");
  EXPECT_FALSE(put("iam/user/ann", row("iam/user/bob")));
  EXPECT_FALSE(put("iam/user/ann", encode(UserRecord{.name = "ann", .id = "AIDA1", .path = "/"})));
  EXPECT_TRUE(put("iam/user/ann", ann));
  Bytes bent = head;
  bent.back() = static_cast<char>(bent.back() ^ 1);
  EXPECT_FALSE(put("iam/account", bent));
  EXPECT_TRUE(put("iam/account", head));
}

}  // namespace
}  // namespace coffer::iam
