#include "iam/records.h"
#include "iam/testing/fixture.h"

namespace coffer::iam {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

std::string trusting(std::string_view principal) {
  return fmt::format(
      R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"sts:AssumeRole"}}]}})",
      principal);
}

class Roles : public IamFixture {
 protected:
  Result<RolePtr> role(std::string name, std::string path = "/",
                       std::string trust = trusting(kAccount)) {
    return ask(
        &Iam::create_role, kAccount,
        Iam::NewRole{.name = std::move(name), .path = std::move(path), .trust = std::move(trust)});
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, Roles, testing::Bool(),
                         [](const auto& i) { return i.param ? "faulty" : "plain"; });

RoleRecord record() {
  return {.name = "Ops",
          .id = "AROA1",
          .path = "/t/",
          .description = "d",
          .created_ms = 2000,
          .max_session_s = 7200,
          .boundary = "arn:b",
          .tags = {{"k", "v"}},
          .attached = {"arn:p"},
          .inline_names = {"i"},
          .bindings = {{"arn:u", "AIDA1"}}};
}

// The plaintext of docs/formats/iam_records.md: stores out there hold it, sealed.
TEST(RoleRecords, KeepTheirBytes) {
  Bytes raw = encode(record());
  EXPECT_EQ(hex(raw),
            "495201034f70730541524f4131032f742f016400000000000007d0a0380561726e3a6201016b01760105"
            "61726e3a700101690105"
            "61726e3a750541494441"
            "31");
  auto back = decode_role(raw);
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), raw);
  for (size_t n = 0; n < raw.size(); ++n) EXPECT_FALSE(decode_role(ByteView(raw).substr(0, n)));
  EXPECT_FALSE(decode_role(raw + "x"));
}

TEST_P(Roles, AreMadeFoundAndListed) {
  RolePtr ops = must(role("Ops", "/team/"));
  EXPECT_THAT(ops->id, MatchesRegex("AROA[A-Z2-7]{17}"));
  EXPECT_EQ(ops->arn(), "arn:aws:iam::111122223333:role/team/Ops");
  EXPECT_EQ(must(iam_->role(kAccount, "oPS"))->id, ops->id);
  EXPECT_EQ(iam_->role_named(ops->arn())->id, ops->id);
  EXPECT_EQ(iam_->role_named("arn:aws:iam::111122223333:role/Ops"), nullptr);
  EXPECT_EQ(iam_->id_of(ops->arn()), ops->id);
  EXPECT_EQ(iam_->arn_of(ops->id), ops->arn());
  EXPECT_EQ(must(iam_->roles(kAccount, "/team/", {})).items.size(), 1u);
  EXPECT_TRUE(must(iam_->roles(kAccount, "/other/", {})).items.empty());
  EXPECT_EQ(refusal(role("OPS")), "EntityAlreadyExists: Role with name OPS already exists.");
  EXPECT_EQ(refusal(iam_->role(kAccount, "x")),
            "NoSuchEntity: The role with name x cannot be found.");
}

TEST_P(Roles, SurviveARestart) {
  must(role("ops"));
  must(ask(&Iam::update_role, kAccount, "ops", "what it is for", 7200));
  must(ask(&Iam::put_role_policy, kAccount, "ops", "s3", allow("s3:*")));
  must(ask(&Iam::attach_role_policy, kAccount, "ops",
           "arn:aws:iam::aws:policy/AdministratorAccess"));
  must(ask(&Iam::tag_role, kAccount, "ops", std::vector<Tag>{{"Team", "a"}, {"x", "y"}}));
  must(ask(&Iam::tag_role, kAccount, "ops", std::vector<Tag>{{"team", "b"}}));
  must(ask(&Iam::untag_role, kAccount, "ops", std::vector<std::string>{"X"}));
  restart();
  RolePtr ops = must(iam_->role(kAccount, "ops"));
  EXPECT_EQ(ops->description, "what it is for");
  EXPECT_EQ(ops->max_session_s, 7200);
  ASSERT_EQ(ops->tags.size(), 1u);
  EXPECT_EQ(ops->tags[0].value, "b");
  EXPECT_EQ(must(iam_->role_policy(kAccount, "ops", "s3")), allow("s3:*"));
  EXPECT_EQ(ops->caller->policies.identity.size(), 2u);
  EXPECT_EQ(iam_->trust_text(*ops), trusting(kAccount));
}

TEST_P(Roles, TrustPrincipalsByTheirIds) {
  EXPECT_THAT(refusal(role("ops", "/", trusting("arn:aws:iam::111122223333:user/bob"))),
              HasSubstr("MalformedPolicyDocument: Invalid principal in policy"));
  UserPtr bob = must(create("bob"));
  must(role("ops", "/", trusting(bob->arn())));
  must(ask(&Iam::delete_user, kAccount, "bob"));
  must(create("bob"));
  restart();
  EXPECT_EQ(iam_->trust_text(*must(iam_->role(kAccount, "ops"))), trusting(bob->id));
  must(ask(&Iam::update_trust, kAccount, "ops", trusting(bob->arn())));
  EXPECT_EQ(iam_->trust_text(*must(iam_->role(kAccount, "ops"))), trusting(bob->arn()));
}

TEST_P(Roles, DeletionWantsAnEmptyRole) {
  must(role("ops"));
  std::string arn = policy("p", allow("s3:*"));
  must(ask(&Iam::attach_role_policy, kAccount, "ops", arn));
  EXPECT_EQ(refusal(ask(&Iam::delete_role, kAccount, "ops")),
            "DeleteConflict: Cannot delete entity, must detach all policies first.");
  EXPECT_EQ(refusal(ask(&Iam::delete_policy, kAccount, arn)),
            "DeleteConflict: Cannot delete a policy attached to entities.");
  auto entities = must(iam_->entities_with_policy(kAccount, arn, {}, {})).items;
  ASSERT_EQ(entities.size(), 1u);
  EXPECT_EQ(entities[0].kind, Iam::EntityKind::kRole);
  must(ask(&Iam::detach_role_policy, kAccount, "ops", arn));
  must(ask(&Iam::put_role_policy, kAccount, "ops", "i", allow("s3:*")));
  EXPECT_EQ(refusal(ask(&Iam::delete_role, kAccount, "ops")),
            "DeleteConflict: Cannot delete entity, must delete policies first.");
  must(ask(&Iam::delete_role_policy, kAccount, "ops", "i"));
  must(ask(&Iam::delete_role, kAccount, "ops"));
  restart();
  EXPECT_FALSE(iam_->role(kAccount, "ops").ok());
}

TEST_P(Roles, APolicysNewVersionIsInForce) {
  must(role("ops"));
  std::string arn = policy("p", allow("s3:*"));
  must(ask(&Iam::attach_role_policy, kAccount, "ops", arn));
  must(ask(&Iam::create_policy_version, kAccount, arn, allow("kms:*"), true));
  EXPECT_EQ(must(iam_->role(kAccount, "ops"))->caller->policies.identity[0].policy->text(),
            allow("kms:*"));
}

}  // namespace
}  // namespace coffer::iam
