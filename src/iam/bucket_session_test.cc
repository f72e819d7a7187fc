#include "iam/bucket_session.h"

#include "iam/testing/fixture.h"

namespace coffer::iam {
namespace {

BucketSessionRecord record() {
  BucketSessionRecord r;
  r.session = {.bucket = "b",
               .instance = Id128::from("0123456789abcdef"),
               .mode = SessionMode::kReadWrite,
               .mode_named = true,
               .sse = SessionSse::kKms,
               .sse_key_as_sent = "k"};
  r.expires_ms = 2000;
  r.parent_key_id = "AKIA";
  r.parent_session = "p";
  r.wrapped_secret = "ww";
  return r;
}

// The plaintext of docs/formats/bucket_session_token.md: clients hold it, sealed.
TEST(BucketSessionRecords, KeepTheirBytes) {
  const Bytes raw = encode(record());
  EXPECT_EQ(hex(raw),
            "494201016230313233343536373839616263646566"
            "0602016b00000000000007d004414b49410170027777");
  for (size_t n = 0; n < raw.size(); ++n)
    EXPECT_FALSE(decode_bucket_session(ByteView(raw).substr(0, n)));
  EXPECT_FALSE(decode_bucket_session(raw + "x"));
  auto back = decode_bucket_session(raw);
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), raw);
  for (const auto& [at, bad] : {std::pair<size_t, char>{21, '\x00'}, {21, '\x08'}, {22, '\x03'}}) {
    Bytes other = raw;
    other[at] = bad;
    EXPECT_FALSE(decode_bucket_session(other)) << at;
  }
}

class BucketSessions : public IamFixture {
 protected:
  NewSession begin(const NewAccessKey& parent) {
    return must(iam_->begin_bucket_session(
        {.bucket = "b", .instance = Id128::from("0123456789abcdef")}, parent.key.id, {}));
  }
  static Presented with(const NewSession& s) {
    Presented p = sign(s.access_key_id, s.secret);
    p.s3_session_token = s.token;
    return p;
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, BucketSessions, testing::Bool(),
                         [](const auto& i) { return i.param ? "faulty" : "plain"; });

TEST_P(BucketSessions, StandForTheirParentForFiveMinutes) {
  must(create("bob"));
  const NewAccessKey parent = key_of("bob");
  NewSession s = begin(parent);
  EXPECT_LE(s.expires_ms, clock_.business_ms() + 300'000);
  EXPECT_GT(s.expires_ms, clock_.business_ms() + 298'000);
  Authenticated who = std::get<1>(knock(with(s)));
  EXPECT_TRUE(who.principal.arn.ends_with(":user/bob"));
  EXPECT_EQ(who.principal.access_key_id, s.access_key_id);
  ASSERT_TRUE(who.bucket_session);
  EXPECT_EQ(who.bucket_session->bucket, "b");
  EXPECT_EQ(refused(with(s)), std::nullopt);  // from the cache

  EXPECT_EQ(std::get<0>(iam_->authenticate(with(s), s.expires_ms)), Refusal::kExpiredToken);
  Presented wrong = with(s);
  wrong.signature[0] = wrong.signature[0] == '0' ? '1' : '0';
  EXPECT_EQ(refused(wrong), Refusal::kBadSignature);
  Presented foreign = with(s);
  foreign.access_key_id = begin(parent).access_key_id;
  EXPECT_EQ(refused(foreign), Refusal::kBadToken);
  Presented as_sts = with(s);
  as_sts.session_token = std::exchange(as_sts.s3_session_token, {});
  EXPECT_EQ(refused(as_sts), Refusal::kBadToken);
  Presented bare = with(s);
  bare.s3_session_token.clear();
  EXPECT_EQ(refused(bare), Refusal::kUnknownKey);
}

TEST_P(BucketSessions, EndWithTheKeyOrTheUser) {
  must(create("bob"));
  const NewAccessKey parent = key_of("bob"), other = key_of("bob");
  NewSession s = begin(parent), t = begin(other);
  EXPECT_EQ(refused(with(s)), std::nullopt);
  must(ask(&Iam::delete_access_key, kAccount, "bob", parent.key.id));
  EXPECT_EQ(refused(with(s)), Refusal::kBadToken);
  EXPECT_EQ(refused(with(t)), std::nullopt);
  must(ask(&Iam::delete_access_key, kAccount, "bob", other.key.id));
  must(ask(&Iam::delete_user, kAccount, "bob"));
  EXPECT_EQ(refused(with(t)), Refusal::kBadToken);
}

TEST_P(BucketSessions, OfTemporaryCredentialsEndWithThem) {
  NewSession parent = must(run_task(iam_->begin_session({.kind = SessionKind::kFederated,
                                                         .account = kAccount,
                                                         .name = "eve",
                                                         .duration_s = 100,
                                                         .policy = allow("s3express:*")})));
  NewSession s =
      must(iam_->begin_bucket_session({.bucket = "b"}, parent.access_key_id, parent.token));
  EXPECT_EQ(s.expires_ms, parent.expires_ms);
  Authenticated who = std::get<1>(knock(with(s)));
  EXPECT_EQ(who.principal.name, "eve");
  EXPECT_EQ(who.policies.session.size(), 1u);
  EXPECT_FALSE(who.bucket_session->has_instance());
}

TEST_P(BucketSessions, CutOrFlippedTokensAreNone) {
  must(create("bob"));
  NewSession s = begin(key_of("bob"));
  for (size_t n : {size_t{0}, size_t{1}, s.token.size() / 2, s.token.size() - 4}) {
    Presented p = with(s);
    p.s3_session_token.resize(n);
    if (n > 0) EXPECT_EQ(refused(p), Refusal::kBadToken) << n;
  }
  for (size_t at = 0; at < s.token.size(); at += 7) {
    Presented p = with(s);
    p.s3_session_token[at] = p.s3_session_token[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(refused(p), Refusal::kBadToken) << at;
  }
}

}  // namespace
}  // namespace coffer::iam
