#include "iam/session.h"

#include "iam/testing/fixture.h"

namespace coffer::iam {
namespace {

SessionRecord record() {
  return {.kind = SessionKind::kRole,
          .account = "a",
          .parent_id = "AROA1",
          .name = "s",
          .issued_ms = 1000,
          .expires_ms = 2000,
          .tags = {{"k", "v"}},
          .transitive = {"k"},
          .source_identity = "i",
          .policy = "{}",
          .policy_arns = {"arn:p"},
          .wrapped_secret = "ww"};
}

// The plaintext of docs/formats/session_token.md: clients out there hold it, sealed.
TEST(SessionRecords, KeepTheirBytes) {
  Bytes raw = encode(record());
  EXPECT_EQ(
      hex(raw),
      "4953010101610541524f4131017300000000000003e800000000000007d001016b017601016b0169027b7d01"
      "0561726e3a70027777");
  for (size_t n = 0; n < raw.size(); ++n) EXPECT_FALSE(decode_session(ByteView(raw).substr(0, n)));
  EXPECT_FALSE(decode_session(raw + "x"));
  auto back = decode_session(raw);
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), raw);
}

class Sessions : public IamFixture {
 protected:
  NewSession begin(SessionRequest request) {
    request.account = kAccount;
    return must(run_task(iam_->begin_session(std::move(request))));
  }
  static Presented with(const NewSession& s) {
    Presented p = sign(s.access_key_id, s.secret);
    p.session_token = s.token;
    return p;
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, Sessions, testing::Bool(),
                         [](const auto& i) { return i.param ? "faulty" : "plain"; });

TEST_P(Sessions, OfARoleStandForItUntilTheyEnd) {
  RolePtr ops = must(ask(
      &Iam::create_role, kAccount,
      Iam::NewRole{
          .name = "ops",
          .trust =
              R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]})"}));
  NewSession s = begin({.parent_id = ops->id,
                        .name = "me",
                        .duration_s = 900,
                        .tags = {{"team", "a"}},
                        .transitive = {"TEAM"}});
  auto who = std::get<1>(knock(with(s))).principal;
  EXPECT_EQ(who.arn, "arn:aws:sts::111122223333:assumed-role/ops/me");
  EXPECT_EQ(who.iam_arn(), ops->arn());
  EXPECT_EQ(who.principal_id, ops->id + ":me");
  EXPECT_EQ(who.tags.at("team"), "a");
  EXPECT_TRUE(who.token_issued_ms);
  EXPECT_EQ(must(iam_->transitive_tags(s.access_key_id, s.token)).size(), 1u);

  Presented wrong = with(s);
  wrong.signature[0] = wrong.signature[0] == '0' ? '1' : '0';
  EXPECT_EQ(refused(wrong), Refusal::kBadSignature);
  Presented bare = with(s);
  bare.session_token.clear();
  EXPECT_EQ(refused(bare), Refusal::kUnknownKey);
  Presented foreign = with(s);
  foreign.access_key_id = begin({.parent_id = ops->id, .name = "he"}).access_key_id;
  EXPECT_EQ(refused(foreign), Refusal::kBadToken);

  restart();
  EXPECT_EQ(refused(with(s)), std::nullopt);
  Presented late = with(s);
  EXPECT_EQ(std::get<0>(iam_->authenticate(late, s.expires_ms)), Refusal::kExpiredToken);
  must(ask(&Iam::delete_role, kAccount, "ops"));
  EXPECT_EQ(refused(with(s)), Refusal::kBadToken);
}

TEST_P(Sessions, OfAUserEndWithTheUser) {
  UserPtr bob = must(create("bob"));
  NewSession s = begin({.kind = SessionKind::kUser, .parent_id = bob->id});
  EXPECT_EQ(std::get<1>(knock(with(s))).principal.arn, bob->arn());
  must(ask(&Iam::delete_user, kAccount, "bob"));
  must(create("bob"));
  EXPECT_EQ(refused(with(s)), Refusal::kBadToken);
}

TEST_P(Sessions, CarryTheirPolicies) {
  NewSession s = begin({.kind = SessionKind::kFederated, .name = "eve", .policy = allow("s3:*")});
  Authenticated who = std::get<1>(knock(with(s)));
  EXPECT_EQ(who.principal.arn, "arn:aws:sts::111122223333:federated-user/eve");
  EXPECT_EQ(who.principal.principal_id, "111122223333:eve");
  ASSERT_EQ(who.policies.session.size(), 1u);
  EXPECT_TRUE(who.policies.has_session_policy);
  EXPECT_EQ(
      refusal(run_task(iam_->begin_session({.account = kAccount, .policy = "{"}))).substr(0, 24),
      "MalformedPolicyDocument:");
}

}  // namespace
}  // namespace coffer::iam
