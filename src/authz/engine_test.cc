#include "authz/engine.h"

#include <gtest/gtest.h>

#include "authz/facts.h"
#include "authz/matcher.h"

namespace coffer::authz {
namespace {

constexpr char kHome[] = "111111111111", kForeign[] = "222222222222";
constexpr char kKeyArn[] = "arn:aws:kms:us-east-1:111111111111:key/1";
constexpr char kForeignTail[] =
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy "
    "explicitly denies access";

RequestContext alice() {
  RequestContext out;
  out.principal.type = PrincipalType::kUser;
  out.principal.account = kHome;
  out.principal.arn = "arn:aws:iam::111111111111:user/alice";
  out.principal.principal_id = "AIDA1";
  out.principal.name = "alice";
  out.region = "us-east-1";
  return out;
}

void give(RequestContext& caller, const std::string& effect, const std::string& action,
          const std::string& resource) {
  auto policy =
      Policy::parse(R"({"Version":"2012-10-17","Statement":{"Effect":")" + effect +
                        R"(","Action":")" + action + R"(","Resource":")" + resource + R"("}})",
                    PolicyKind::kIdentity);
  caller.policies.identity.push_back({"p", *policy});
}

Demand put_object(const std::string& owner = kHome) {
  Demand out;
  out.action = "s3:PutObject";
  out.resource = "arn:aws:s3:::b/k";
  out.resource_account = owner;
  out.rule = ResourceRule::kBucketPolicy;
  return out;
}

Demand decrypt(const std::string& owner = kHome) {
  Demand out;
  out.action = "kms:Decrypt";
  out.resource = kKeyArn;
  out.resource_account = owner;
  out.rule = ResourceRule::kKeyPolicy;
  return out;
}

std::string refusal(DenialStyle style, const RequestContext& caller, const Demand& demand,
                    PolicySide side, bool explicit_deny = false, bool on_ciphertext = false) {
  Decision decision;
  decision.side = side;
  decision.explicit_deny = explicit_deny;
  const Error error = denied(style, caller, demand, decision, on_ciphertext);
  return error.code + "|" + error.message;
}

const std::string kAlice =
    "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: ";

TEST(Denial, S3QuotesTheResource) {
  const auto text = [](PolicySide side, bool explicit_deny) {
    return refusal(DenialStyle::kS3, alice(), put_object(), side, explicit_deny);
  };
  const std::string head =
      "AccessDenied|" + kAlice + "s3:PutObject on resource: \"arn:aws:s3:::b/k\" ";
  EXPECT_EQ(text(PolicySide::kIdentity, false),
            head + "because no identity-based policy allows the s3:PutObject action");
  EXPECT_EQ(text(PolicySide::kIdentity, true),
            head + "with an explicit deny in an identity-based policy");
  EXPECT_EQ(text(PolicySide::kResource, false),
            head + "because no resource-based policy allows the s3:PutObject action");
  EXPECT_EQ(text(PolicySide::kResource, true),
            head + "with an explicit deny in a resource-based policy");
  EXPECT_EQ(text(PolicySide::kBoundary, false),
            head + "because no permissions boundary allows the s3:PutObject action");
  EXPECT_EQ(text(PolicySide::kBoundary, true),
            head + "with an explicit deny in a permissions boundary");
  EXPECT_EQ(text(PolicySide::kSession, false),
            head + "because no session policy allows the s3:PutObject action");
  EXPECT_EQ(text(PolicySide::kSession, true), head + "with an explicit deny in a session policy");
  EXPECT_EQ(text(PolicySide::kServiceControl, false),
            head + "because no service control policy allows the s3:PutObject action");
  EXPECT_EQ(text(PolicySide::kServiceControl, true),
            head + "with an explicit deny in a service control policy");
}

TEST(Denial, S3SaysNoMoreToStrangers) {
  EXPECT_EQ(refusal(DenialStyle::kS3, alice(), put_object(kForeign), PolicySide::kIdentity, true),
            "AccessDenied|Access Denied");
  EXPECT_EQ(refusal(DenialStyle::kS3, {}, put_object(), PolicySide::kResource),
            "AccessDenied|Access Denied");
  EXPECT_EQ(refusal(DenialStyle::kS3ThroughKms, {}, decrypt(), PolicySide::kResource),
            "AccessDenied|Access Denied");
}

TEST(Denial, KmsNamesTheKey) {
  const std::string head = kAlice + "kms:Decrypt on resource: " + kKeyArn;
  const std::string tail = " because no identity-based policy allows the kms:Decrypt action";
  EXPECT_EQ(refusal(DenialStyle::kKms, alice(), decrypt(), PolicySide::kIdentity),
            "AccessDeniedException|" + head + tail);
  EXPECT_EQ(refusal(DenialStyle::kS3ThroughKms, alice(), decrypt(), PolicySide::kIdentity),
            "AccessDenied|" + head + tail);
  EXPECT_EQ(refusal(DenialStyle::kKms, alice(), decrypt(), PolicySide::kResource),
            "AccessDeniedException|" + head +
                " because no resource-based policy allows the kms:Decrypt action");
  EXPECT_EQ(refusal(DenialStyle::kKms, alice(), decrypt(), PolicySide::kIdentity, false, true),
            "AccessDeniedException|" + kAlice +
                "kms:Decrypt on the resource associated with this ciphertext" + tail);
}

TEST(Denial, AForeignKeyIsAsOneThatDoesNotExist) {
  for (const PolicySide side :
       {PolicySide::kIdentity, PolicySide::kResource, PolicySide::kBoundary}) {
    for (const bool explicit_deny : {false, true}) {
      EXPECT_EQ(refusal(DenialStyle::kKms, alice(), decrypt(kForeign), side, explicit_deny),
                "AccessDeniedException|" + kAlice + "kms:Decrypt on this resource " + kForeignTail);
      EXPECT_EQ(refusal(DenialStyle::kS3ThroughKms, alice(), decrypt(kForeign), side, explicit_deny,
                        true),
                "AccessDenied|" + kAlice +
                    "kms:Decrypt on the resource associated with this ciphertext " + kForeignTail);
    }
  }
}

TEST(Denial, QueryAndJson) {
  Demand demand;
  demand.action = "iam:CreateUser";
  demand.resource = "arn:aws:iam::111111111111:user/x";
  demand.resource_account = kHome;
  const std::string text = kAlice +
                           "iam:CreateUser on resource: arn:aws:iam::111111111111:user/x because "
                           "no identity-based policy "
                           "allows the iam:CreateUser action";
  EXPECT_EQ(refusal(DenialStyle::kQuery, alice(), demand, PolicySide::kIdentity),
            "AccessDenied|" + text);
  EXPECT_EQ(refusal(DenialStyle::kJson, alice(), demand, PolicySide::kIdentity),
            "AccessDeniedException|" + text);
  demand.resource = "*";
  EXPECT_EQ(refusal(DenialStyle::kQuery, alice(), demand, PolicySide::kIdentity, true),
            "AccessDenied|" + kAlice +
                "iam:CreateUser with an explicit deny in an identity-based policy");
}

TEST(Denial, ARoleThatMayNotBeAssumedLooksLikeNone) {
  Demand demand;
  demand.action = "sts:AssumeRole";
  demand.resource = "arn:aws:iam::111111111111:role/r";
  demand.resource_account = kHome;
  demand.rule = ResourceRule::kTrustPolicy;
  const std::string bare =
      "AccessDenied|" + kAlice + "sts:AssumeRole on resource: arn:aws:iam::111111111111:role/r";
  EXPECT_EQ(refusal(DenialStyle::kQuery, alice(), demand, PolicySide::kTrust), bare);
  EXPECT_EQ(refusal(DenialStyle::kQuery, alice(), demand, PolicySide::kTrust, true),
            bare + " with an explicit deny in the role trust policy");
  demand.resource_account = kForeign;
  EXPECT_EQ(refusal(DenialStyle::kQuery, alice(), demand, PolicySide::kTrust), bare);
}

TEST(Engine, RefusesNoDemandAtAll) {
  std::vector<Decision> decisions;
  EXPECT_FALSE(Engine::permit(DenialStyle::kS3, alice(), {}, 1, decisions).ok());
  Demand missing = put_object();
  missing.on_missing = true;
  EXPECT_FALSE(Engine::permit(DenialStyle::kS3, alice(), {missing}, 1, decisions).ok());
}

TEST(Engine, AnswersTheFirstRefusalAndEveryDecision) {
  RequestContext caller = alice();
  give(caller, "Allow", "s3:PutObject", "*");
  Demand tagging = put_object(), acl = put_object();
  tagging.action = "s3:PutObjectTagging";
  acl.action = "s3:PutObjectAcl";
  std::vector<Decision> decisions;
  auto permitted =
      Engine::permit(DenialStyle::kS3, caller, {put_object(), tagging, acl}, 1, decisions);
  ASSERT_FALSE(permitted.ok());
  EXPECT_NE(permitted.error().message.find("s3:PutObjectTagging"), std::string::npos);
  ASSERT_EQ(decisions.size(), 3u);
  EXPECT_TRUE(decisions[0].allowed);
  EXPECT_FALSE(decisions[2].allowed);
}

TEST(Engine, ARefusalNamesNoKeyThatACiphertextLedTo) {
  Demand demand = decrypt();
  std::vector<Decision> decisions;
  auto named = Engine::permit(DenialStyle::kKms, alice(), {demand}, 1, decisions);
  ASSERT_FALSE(named.ok());
  EXPECT_NE(named.error().message.find(kKeyArn), std::string::npos);
  demand.on_ciphertext = true;
  auto led_to = Engine::permit(DenialStyle::kKms, alice(), {demand}, 1, decisions);
  ASSERT_FALSE(led_to.ok());
  EXPECT_EQ(led_to.error().message.find(kKeyArn), std::string::npos);
  EXPECT_NE(led_to.error().message.find("on the resource associated with this ciphertext"),
            std::string::npos);
}

TEST(Engine, MissingIsLearnedByPermissionOnly) {
  RequestContext caller = alice();
  give(caller, "Allow", "s3:PutObject", "*");
  Demand list = put_object();
  list.action = "s3:ListBucket";
  list.on_missing = true;
  std::vector<Decision> decisions;
  auto without = Engine::permit(DenialStyle::kS3, caller, {put_object(), list}, 1, decisions);
  ASSERT_TRUE(without.ok());
  EXPECT_FALSE(without->may_learn_missing());
  EXPECT_NE(without->missing_refusal().message.find("s3:ListBucket"), std::string::npos);
  give(caller, "Allow", "s3:ListBucket", "*");
  auto with = Engine::permit(DenialStyle::kS3, caller, {put_object(), list}, 1, decisions);
  ASSERT_TRUE(with.ok());
  EXPECT_TRUE(with->may_learn_missing());
  auto unasked = Engine::permit(DenialStyle::kS3, caller, {put_object()}, 1, decisions);
  ASSERT_TRUE(unasked.ok());
  EXPECT_FALSE(unasked->may_learn_missing());
}

TEST(Engine, AnEntryFailsAlone) {
  RequestContext caller = alice();
  give(caller, "Allow", "s3:PutObject", "arn:aws:s3:::b/ok");
  std::vector<Demand> demands{put_object(), put_object()};
  demands[0].entry = 0;
  demands[1].entry = 1;
  demands[1].resource = "arn:aws:s3:::b/ok";
  std::vector<Decision> decisions;
  auto permitted = Engine::permit(DenialStyle::kS3, caller, demands, 7, decisions);
  ASSERT_TRUE(permitted.ok());
  EXPECT_NE(permitted->entry_refusal(0), nullptr);
  EXPECT_EQ(permitted->entry_refusal(1), nullptr);
  EXPECT_EQ(**permitted, 7);
}

TEST(Engine, TheDecisionTellsWhatWasSeen) {
  RequestContext caller = alice();
  caller.source_ip = "203.0.113.7";
  auto policy = Policy::parse(
      R"({"Version":"2012-10-17","Statement":{"Sid":"Office","Effect":"Deny","Action":"*","Resource":"*",)"
      R"("Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}})",
      PolicyKind::kIdentity);
  caller.policies.identity.push_back({"arn:aws:iam::111111111111:policy/office", *policy});
  const Decision decision = decide(caller, put_object());
  EXPECT_EQ(decision.policy_name, "arn:aws:iam::111111111111:policy/office");
  EXPECT_EQ(decision.statement_id, "Office");
  EXPECT_EQ(decision.considered,
            std::vector<std::string>{"arn:aws:iam::111111111111:policy/office"});
  EXPECT_EQ(decision.conditions_seen,
            (std::vector<std::pair<std::string, std::string>>{{"aws:SourceIp", "203.0.113.7"}}));
}

TEST(Context, AForwardedCallKeepsTheCallerAndLosesTheRequest) {
  RequestContext caller = alice();
  give(caller, "Allow", "*", "*");
  caller.source_ip = "203.0.113.7";
  caller.conditions.set("aws:SourceIp", "203.0.113.7");
  caller.conditions.set("aws:PrincipalOrgID", "o-1");
  caller.conditions.set("s3:prefix", "x");
  caller.conditions.set("aws:ResourceTag/a", "x");
  const RequestContext forwarded = caller.forward("s3", "s3.amazonaws.com");
  EXPECT_EQ(forwarded.via_service, "s3.us-east-1.amazonaws.com");
  EXPECT_EQ(forwarded.source_ip, "s3.amazonaws.com");
  EXPECT_EQ(forwarded.user_agent, "s3.amazonaws.com");
  EXPECT_EQ(forwarded.principal.arn, caller.principal.arn);
  EXPECT_EQ(forwarded.policies.identity.size(), 1u);
  EXPECT_NE(forwarded.conditions.find("aws:principalorgid"), nullptr);
  for (const char* gone : {"aws:sourceip", "s3:prefix", "aws:resourcetag/a"})
    EXPECT_EQ(forwarded.conditions.find(gone), nullptr);
  const RequestContext again = forwarded.forward("kms", "kms.amazonaws.com");
  EXPECT_EQ(again.called_via, (std::vector<std::string>{"s3.amazonaws.com", "kms.amazonaws.com"}));

  Demand decrypt;
  decrypt.action = "kms:Decrypt";
  const auto value = [&](const RequestContext& context, std::string_view key) {
    return std::string(Facts(context, decrypt).single(ConditionKey::of(key)).value_or("absent"));
  };
  EXPECT_EQ(value(forwarded, "kms:ViaService"), "s3.us-east-1.amazonaws.com");
  EXPECT_EQ(value(forwarded, "aws:ViaAWSService"), "true");
  EXPECT_EQ(value(forwarded, "aws:CalledVia"), "s3.amazonaws.com");
  EXPECT_EQ(value(again, "aws:CalledViaFirst"), "s3.amazonaws.com");
  EXPECT_EQ(value(again, "aws:CalledViaLast"), "kms.amazonaws.com");
  EXPECT_EQ(value(caller, "aws:ViaAWSService"), "false");
  for (const char* absent : {"kms:ViaService", "aws:CalledVia", "aws:CalledViaFirst"})
    EXPECT_EQ(value(caller, absent), "absent");
}

std::string compiled(const std::string& text) {
  return Pattern::compile(text, {.wildcards = true})->compiled();
}

TEST(Matcher, Wildcards) {
  struct Row {
    const char *pattern, *text;
    bool matches;
  };
  for (const Row& row : std::vector<Row>{{"", "", true},
                                         {"*", "", true},
                                         {"?", "", false},
                                         {"**", "x", true},
                                         {"a*", "a", true},
                                         {"a*b", "ab", true},
                                         {"a*b", "abc", false},
                                         {"*b", "aab", true},
                                         {"a?c", "abc", true},
                                         {"?", "\xc3\xa4", true},
                                         {"??", "\xc3\xa4", false},
                                         {"*?", "\xc3\xa4", true},
                                         {"*??", "\xc3\xa4", false},
                                         {"a*b*c", "axbxbxc", true},
                                         {"*a*a", "a", false},
                                         {"abc", "abd", false},
                                         {"*.*", "\xff.\xfe", true},
                                         {"a", "\xff", false}}) {
    EXPECT_EQ(wildcard_match(compiled(row.pattern), row.text), row.matches)
        << row.pattern << " " << row.text;
  }
}

TEST(Matcher, ManyStarsDoNotMultiply) {
  std::string pattern;
  for (int i = 0; i < 5000; ++i) pattern += "a*";
  pattern += "b";
  const std::string text(20'000, 'a');
  const int64_t before = Clock::monotonic_ms();
  EXPECT_FALSE(wildcard_match(compiled(pattern), text));
  EXPECT_FALSE(wildcard_match(
      compiled("*" + std::string(500, '?') + "*" + std::string(500, 'a') + "b*c"), text));
  EXPECT_LT(Clock::monotonic_ms() - before, 2000);
}

}  // namespace
}  // namespace coffer::authz
