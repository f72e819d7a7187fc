#include "kms/records.h"

#include "base/encoding.h"
#include "kms/asymmetric.h"
#include "kms/testing/fixture.h"

namespace coffer::kms {
namespace {

Key sample() {
  Key key;
  key.account = kAccount;
  key.region = kRegion;
  key.id = "1234abcd-12ab-34cd-56ef-1234567890ab";
  key.generation = 7;
  key.cache_generation = 5;
  key.state = KeyState::kDisabled;
  key.created_ms = 1'700'000'000'000;
  key.rotation = {
      .enabled = true, .period_days = 365, .next_ms = 1'731'536'000'000, .on_demand_count = 2};
  key.description = "d";
  key.tags = {{"t", "v"}};
  auto policy = authz::Policy::parse(default_policy(kAccount), authz::PolicyKind::kKey);
  key.policy = {.compiled = *policy, .bindings = {{"arn:x", "AIDAX"}}};
  Material m;
  m.id.fill(0x33);
  m.created_ms = 1'700'000'000'000;
  m.opened = std::make_shared<const Secret>(Secret::copy_of(std::string(32, '\x44')));
  key.materials = {m};
  return key;
}

TEST(Records, GoldenBytes) {
  const Key key = sample();
  EXPECT_EQ(hex(encode_head(key)),
            "0000000000000005"
            "02"
            "01"
            "0000018bcfe56800"
            "0000000000000000"
            "1153594d4d45545249435f44454641554c54"
            "0f454e43525950545f44454352595054"
            "074157535f4b4d53"
            "00"
            "01"
            "ed02"
            "0000019327969400"
            "02");
  EXPECT_EQ(hex(encode_details(key)).substr(0, 14), "01640101740176");
  EXPECT_EQ(hex(encode_alias({"alias/a", "k", 1, 2})),
            "016b"
            "0000000000000001"
            "0000000000000002");
  Hash256 id;
  id.fill(0x55);
  EXPECT_EQ(hex(encode_tombstone({.epoch = 3, .deleted_ms = 4, .materials = {id}})),
            "00000003"
            "0000000000000004"
            "01"
            "5555555555555555555555555555555555555555555555555555555555555555");
  GrantRecord grant;
  grant.grantee = "a";
  grant.grantee_principal = "A";
  grant.retiring = "b";
  grant.retiring_principal = "B";
  grant.name = "n";
  grant.created_ms = 5;
  grant.constraint = authz::Grant::Constraint::kContextEquals;
  grant.context = {{"k", "v"}};
  grant.operations = {"Encrypt"};
  EXPECT_EQ(hex(encode_grant(grant)),
            "0161014101620142016e"
            "0000000000000005"
            "02"
            "01016b0176"
            "0107456e6372797074");
  EXPECT_EQ(hex(row_aad(RowKind::kHead, {"1", "r", "k"}, 9)),
            "43464b52"
            "01"
            "01"
            "0000000000000009"
            "0131"
            "0172"
            "016b");
}

// The spec is part of the bytes for all but symmetric keys, whose form came first.
TEST(Records, GoldenBytesOfMaterial) {
  Hash256 id;
  id.fill(0x55);
  const std::string head =
      "636f66666572206b6d73206d6174657269616c"
      "0131"
      "0172"
      "016b" +
      hex(id.view());
  EXPECT_EQ(hex(material_aad({"1", "r", "k"}, "SYMMETRIC_DEFAULT", id)), head);
  EXPECT_EQ(hex(material_aad({"1", "r", "k"}, "RSA_2048", id)), head + "085253415f32303438");
}

TEST(Records, RowNames) {
  const RowPlace place{kAccount, kRegion, "alias/team/app"};
  EXPECT_EQ(row_name(RowKind::kAlias, place), "kms/us-east-1/alias/team/app");
  EXPECT_EQ(row_name(RowKind::kHead, {kAccount, kRegion, "k"}), "kms/us-east-1/key/k");
  auto parsed = parse_row_name("kms/us-east-1/alias/team/app");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->first, RowKind::kAlias);
  EXPECT_EQ(parsed->second.name, "alias/team/app");
  parsed = parse_row_name("kms/us-east-1/grant/x/y");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->first, RowKind::kGrant);
  EXPECT_EQ(parsed->second.name, "x/y");
  EXPECT_FALSE(parse_row_name("kms/us-east-1/other/x"));
  EXPECT_FALSE(parse_row_name("iam/user/x"));
}

class RecordsTest : public KmsFixture {};

TEST_F(RecordsTest, ComeBackAsTheyWere) {
  const Key key = sample();
  const RowPlace place{key.account, key.region, key.id};
  const KeyRows rows = seal_key(*domain_, key);
  std::string policy;
  const Key back = must(open_key(*domain_, place, rows, policy));
  EXPECT_EQ(encode_head(back), encode_head(key));
  EXPECT_EQ(policy, key.policy.compiled->text());
  EXPECT_EQ(back.policy.bindings, key.policy.bindings);
  EXPECT_EQ(back.generation, 7u);
  EXPECT_EQ(text(*back.current().opened), std::string(32, '\x44'));
}

TEST_F(RecordsTest, KeysOfEverySpecComeBack) {
  for (const char* spec : {"RSA_2048", "ECC_NIST_P521", "ECC_SECG_P256K1"}) {
    Key key = sample();
    key.spec = spec;
    key.usage = "SIGN_VERIFY";
    key.materials[0].opened = std::make_shared<const Secret>(generate_key_pair(spec).private_key);
    KeyRows rows = seal_key(*domain_, key);
    std::string policy;
    const Key back = must(open_key(*domain_, {key.account, key.region, key.id}, rows, policy));
    EXPECT_EQ(back.spec, spec);
    EXPECT_TRUE(equal_ct(*back.current().opened, *key.current().opened));
    key.spec = "HMAC_512";  // the material of one spec is no other's
    rows.head = seal_key(*domain_, key).head;
    EXPECT_FALSE(open_key(*domain_, {key.account, key.region, key.id}, rows, policy).ok());
  }
}

TEST_F(RecordsTest, OpenNowhereElse) {
  const Key key = sample();
  const KeyRows rows = seal_key(*domain_, key);
  std::string policy;
  EXPECT_FALSE(open_key(*domain_, {kOther, key.region, key.id}, rows, policy).ok());
  EXPECT_FALSE(open_key(*domain_, {key.account, "eu-west-1", key.id}, rows, policy).ok());
  EXPECT_FALSE(open_key(*domain_, {key.account, key.region, "1234abcd-12ab-34cd-56ef-1234567890ac"},
                        rows, policy)
                   .ok());
  Key next = key;
  next.generation = 8;
  KeyRows mixed = seal_key(*domain_, next);
  mixed.details = rows.details;
  EXPECT_FALSE(open_key(*domain_, {key.account, key.region, key.id}, mixed, policy).ok());
  for (size_t i = 0; i < rows.head.size(); ++i) {
    KeyRows damaged = rows;
    damaged.head[i] = static_cast<char>(damaged.head[i] ^ 1);
    EXPECT_FALSE(open_key(*domain_, {key.account, key.region, key.id}, damaged, policy).ok()) << i;
  }
}

}  // namespace
}  // namespace coffer::kms
