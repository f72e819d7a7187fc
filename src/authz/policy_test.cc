#include "authz/policy.h"

#include <gtest/gtest.h>

#include "authz/managed_policies.h"
#include "authz/policy_json.h"
#include "authz/statement.h"

namespace coffer::authz {
namespace {

struct Refused {
  const char* name;
  PolicyKind kind;
  std::string text;
  const char* message;
};

// with_statement is a document of one statement with these members.
std::string with_statement(const std::string& members) {
  return R"({"Version":"2012-10-17","Statement":[{)" + members + "}]}";
}

std::string identity_condition(const std::string& block) {
  return with_statement(R"("Effect":"Allow","Action":"s3:*","Resource":"*","Condition":)" + block);
}

constexpr auto kIdentity = PolicyKind::kIdentity;
constexpr auto kBucket = PolicyKind::kBucket;
constexpr auto kKey = PolicyKind::kKey;
constexpr auto kTrust = PolicyKind::kTrust;
constexpr char kSyntax[] = "Syntax errors in policy.";
constexpr char kVendor[] =
    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
constexpr char kKeyPrincipal[] = "Policy contains a statement with one or more invalid principals.";

const std::vector<Refused>& documents() {
  static const std::vector<Refused> kAll{
      {"no JSON", kIdentity, "{", kSyntax},
      {"no JSON, trust", kTrust, "{", "This policy contains invalid Json"},
      {"no JSON, bucket", kBucket, "nope",
       "Policies must be valid JSON and the first byte must be '{'"},
      {"leading blank, bucket", kBucket, R"( {"Statement":[]})",
       "Policies must be valid JSON and the first byte must be '{'"},
      {"array", kIdentity, "[]", kSyntax},
      {"empty", kIdentity, "", kSyntax},
      {"trailing text", kIdentity, R"({"Version":"2012-10-17"} x)", kSyntax},
      {"key twice", kIdentity, R"({"Version":"2012-10-17","Version":"2012-10-17","Statement":[]})",
       kSyntax},
      {"element twice", kIdentity,
       with_statement(R"("Effect":"Allow","Effect":"Deny","Action":"s3:*","Resource":"*")"),
       kSyntax},
      {"unknown top element", kIdentity, R"({"Version":"2012-10-17","Foo":1,"Statement":[]})",
       kSyntax},
      {"unknown element", kBucket, with_statement(R"("Effect":"Allow","Foo":"x")"),
       "Invalid policy syntax."},
      {"element in another case", kIdentity,
       with_statement(R"("effect":"Allow","Action":"s3:*","Resource":"*")"), kSyntax},
      {"no version", kIdentity,
       R"({"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})",
       "Policy document must be version 2012-10-17 or greater."},
      {"old version", kIdentity,
       R"({"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})",
       "Policy document must be version 2012-10-17 or greater."},
      {"other version, bucket", kBucket, R"({"Version":"2020-01-01","Statement":[]})",
       "The policy must contain a valid version string"},
      {"no statement", kIdentity, R"({"Version":"2012-10-17"})", kSyntax},
      {"no statement, bucket", kBucket, R"({"Version":"2012-10-17"})",
       "Missing required field Statement"},
      {"empty statement, bucket", kBucket, R"({"Version":"2012-10-17","Statement":[]})",
       "Missing required field Statement"},
      {"statement is text", kIdentity, R"({"Version":"2012-10-17","Statement":"x"})", kSyntax},
      {"service control", PolicyKind::kServiceControl, "{}",
       "The provided policy document does not meet the requirements of the specified policy type."},
  };
  return kAll;
}

const std::vector<Refused>& statements() {
  static const std::vector<Refused> kAll{
      {"no effect", kIdentity, with_statement(R"("Action":"s3:*","Resource":"*")"), kSyntax},
      {"no effect, bucket", kBucket,
       with_statement(R"("Principal":"*","Action":"s3:*","Resource":"*")"),
       "Missing required field Effect"},
      {"effect in another case", kIdentity,
       with_statement(R"("Effect":"allow","Action":"s3:*","Resource":"*")"), kSyntax},
      {"no action", kIdentity, with_statement(R"("Effect":"Allow","Resource":"*")"),
       "Policy statement must contain actions."},
      {"no actions", kIdentity, with_statement(R"("Effect":"Allow","Action":[],"Resource":"*")"),
       "Policy statement must contain actions."},
      {"both action forms", kIdentity,
       with_statement(R"("Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*")"),
       kSyntax},
      {"action without vendor", kIdentity,
       with_statement(R"("Effect":"Allow","Action":"GetObject","Resource":"*")"), kVendor},
      {"action with two colons", kIdentity,
       with_statement(R"("Effect":"Allow","Action":"s3:a:b","Resource":"*")"),
       "Actions/Condition can contain only one colon."},
      {"action with a wildcard vendor", kIdentity,
       with_statement(R"("Effect":"Allow","Action":"s*:Get","Resource":"*")"), kVendor},
      {"action is a number", kIdentity,
       with_statement(R"("Effect":"Allow","Action":5,"Resource":"*")"), kSyntax},
      {"no resource", kIdentity, with_statement(R"("Effect":"Allow","Action":"s3:*")"),
       "Policy statement must contain resources."},
      {"both resource forms", kIdentity,
       with_statement(R"("Effect":"Allow","Action":"s3:*","Resource":"*","NotResource":"*")"),
       kSyntax},
      {"resource is no ARN", kIdentity,
       with_statement(R"("Effect":"Allow","Action":"s3:*","Resource":"b")"),
       "Resource b must be in ARN format or \"*\"."},
      {"resource with few fields", kIdentity,
       with_statement(R"("Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3::b")"),
       "The policy failed legacy parsing"},
      {"Sid with a blank", kIdentity,
       with_statement(R"("Effect":"Allow","Action":"s3:*","Resource":"*","Sid":"a b")"),
       "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
       "expression [A-Za-z0-9]*"},
      {"variable in the account", kIdentity,
       with_statement(R"("Effect":"Allow","Action":"s3:*","Resource":"arn:aws:iam::${x}:user/a")"),
       "The policy failed legacy parsing"},
      {"open variable", kIdentity,
       with_statement(R"("Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:x")"),
       kSyntax},
      {"empty variable", kIdentity,
       with_statement(R"("Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${}")"),
       kSyntax},
      {"default without quotes", kIdentity,
       with_statement(
           R"("Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:x, y}")"),
       kSyntax},
      {"principal in an identity policy", kIdentity,
       with_statement(R"("Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*")"),
       "Policy document should not specify a principal."},
      {"resource in a trust policy", kTrust,
       with_statement(
           R"("Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*")"),
       "Has prohibited field Resource"},
      {"other actions in a trust policy", kTrust,
       with_statement(R"("Effect":"Allow","Principal":"*","Action":"s3:*")"),
       "AssumeRole policy may only specify STS AssumeRole actions."},
      {"Sid twice", kIdentity,
       R"({"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"},)"
       R"({"Sid":"a","Effect":"Deny","Action":"s3:*","Resource":"*"}]})",
       "Statement IDs (SID) in a single policy must be unique."},
  };
  return kAll;
}

std::string with_principal(const std::string& principal) {
  return with_statement(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":)" + principal);
}

const std::vector<Refused>& principals_refused() {
  static const std::vector<Refused> kAll{
      {"none, bucket", kBucket,
       with_statement(R"("Effect":"Allow","Action":"s3:*","Resource":"*")"),
       "Missing required field Principal"},
      {"none, key", kKey, with_statement(R"("Effect":"Allow","Action":"kms:*","Resource":"*")"),
       "Policy contains a statement with no principal."},
      {"bare star, key", kKey,
       with_statement(R"("Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*")"),
       kKeyPrincipal},
      {"group, key", kKey,
       with_statement(
           R"("Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:group/g"},"Action":"kms:*","Resource":"*")"),
       kKeyPrincipal},
      {"no version, key", kKey,
       R"({"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}]})",
       kSyntax},
      {"text, trust", kTrust, with_principal(R"("alice")"), "Invalid principal in policy: alice"},
      {"empty, trust", kTrust, with_principal("{}"), "Invalid principal in policy: "},
      {"short account", kTrust, with_principal(R"({"AWS":"12345"})"),
       "Invalid principal in policy: \"AWS\":\"12345\""},
      {"partial wildcard", kTrust, with_principal(R"({"AWS":"arn:aws:iam::111111111111:user/a*"})"),
       "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111111111111:user/a*\""},
      {"unknown type", kTrust, with_principal(R"({"Foo":"x"})"),
       "Invalid principal in policy: \"Foo\":\"x\""},
      {"service star", kTrust, with_principal(R"({"Service":"*"})"),
       "Invalid principal in policy: \"Service\":\"*\""},
      {"Allow with NotPrincipal", kTrust,
       with_statement(
           R"("Effect":"Allow","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"111111111111"})"),
       "Allow with NotPrincipal is not allowed."},
      {"bad ARN, bucket", kBucket,
       with_statement(
           R"("Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:user/a"},"Action":"s3:*","Resource":"*")"),
       "Invalid principal in policy"},
  };
  return kAll;
}

const std::vector<Refused>& conditions() {
  static const std::vector<Refused> kAll{
      {"operator", kIdentity, identity_condition(R"({"StringEqualz":{"aws:x":"y"}})"), kSyntax},
      {"operator in another case", kIdentity,
       identity_condition(R"({"stringequals":{"aws:x":"y"}})"), kSyntax},
      {"Null with IfExists", kIdentity, identity_condition(R"({"NullIfExists":{"aws:x":"true"}})"),
       kSyntax},
      {"two prefixes", kIdentity,
       identity_condition(R"({"ForAnyValue:ForAllValues:StringEquals":{"aws:x":"y"}})"), kSyntax},
      {"key without vendor", kIdentity, identity_condition(R"({"StringEquals":{"username":"y"}})"),
       kVendor},
      {"value is an object", kIdentity, identity_condition(R"({"StringEquals":{"aws:x":{"y":1}}})"),
       kSyntax},
      {"value is null", kIdentity, identity_condition(R"({"StringEquals":{"aws:x":null}})"),
       kSyntax},
      {"block is a list", kIdentity, identity_condition(R"([])"), kSyntax},
      {"number", kIdentity, identity_condition(R"({"NumericEquals":{"aws:x":"ten"}})"), kSyntax},
      {"infinite number", kIdentity, identity_condition(R"({"NumericEquals":{"aws:x":"inf"}})"),
       kSyntax},
      {"date", kIdentity,
       identity_condition(R"({"DateLessThan":{"aws:CurrentTime":"2026-13-01T00:00:00Z"}})"),
       kSyntax},
      {"boolean", kIdentity, identity_condition(R"({"Bool":{"aws:SecureTransport":"yes"}})"),
       kSyntax},
      {"Null's value", kIdentity, identity_condition(R"({"Null":{"aws:x":"1"}})"), kSyntax},
      {"address", kIdentity, identity_condition(R"({"IpAddress":{"aws:SourceIp":"1.2.3"}})"),
       kSyntax},
      {"prefix length", kIdentity,
       identity_condition(R"({"IpAddress":{"aws:SourceIp":"1.2.3.4/33"}})"), kSyntax},
      {"prefix length 6", kIdentity,
       identity_condition(R"({"IpAddress":{"aws:SourceIp":"::/129"}})"), kSyntax},
      {"ARN", kIdentity, identity_condition(R"({"ArnLike":{"aws:SourceArn":"arn:aws:s3"}})"),
       kSyntax},
      {"base64", kIdentity, identity_condition(R"({"BinaryEquals":{"aws:x":"a"}})"), kSyntax},
      {"operator, bucket", kBucket,
       with_statement(
           R"("Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Foo":{"a:b":"c"}})"),
       "Invalid Condition type : Foo"},
      {"key, bucket", kBucket,
       with_statement(
           R"("Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"b":"true"}})"),
       "Policy has an invalid condition key"},
  };
  return kAll;
}

void expect_refused(const std::vector<Refused>& table) {
  for (const Refused& row : table) {
    auto parsed = Policy::parse(row.text, row.kind);
    ASSERT_FALSE(parsed.ok()) << row.name;
    EXPECT_EQ(parsed.error().message, row.message) << row.name;
  }
}

TEST(Policy, RefusesDocuments) { expect_refused(documents()); }
TEST(Policy, RefusesStatements) { expect_refused(statements()); }
TEST(Policy, RefusesPrincipals) { expect_refused(principals_refused()); }

TEST(Policy, WhoCannotBeMatchedCannotBeKeptOut) {
  const std::string canonical = R"({"CanonicalUser":")" + std::string(64, 'a') + R"("})";
  const std::string federated = R"({"Federated":"cognito-identity.amazonaws.com"})";
  const auto parse = [](PolicyKind kind, const std::string& head, const std::string& principal) {
    const std::string rest =
        kind == kBucket ? R"(,"Action":"s3:*","Resource":"*")" : R"(,"Action":"sts:AssumeRole")";
    return Policy::parse(with_statement(head + principal + rest), kind);
  };
  EXPECT_TRUE(parse(kBucket, R"("Effect":"Allow","Principal":)", canonical).ok());
  EXPECT_TRUE(parse(kTrust, R"("Effect":"Allow","Principal":)", federated).ok());
  for (const char* head :
       {R"("Effect":"Deny","Principal":)", R"("Effect":"Deny","NotPrincipal":)"}) {
    auto refused = parse(kBucket, head, canonical);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, "MalformedPolicy");
    EXPECT_EQ(refused.error().message, "Invalid principal in policy");
    EXPECT_FALSE(parse(kTrust, head, federated).ok());
  }
}
TEST(Policy, RefusesConditions) { expect_refused(conditions()); }

TEST(Policy, CodesAreTheServices) {
  EXPECT_EQ(Policy::parse("x", kIdentity).error().code, "MalformedPolicyDocument");
  EXPECT_EQ(Policy::parse("x", PolicyKind::kBoundary).error().code, "MalformedPolicyDocument");
  EXPECT_EQ(Policy::parse("x", PolicyKind::kSession).error().code, "MalformedPolicyDocument");
  EXPECT_EQ(Policy::parse("x", kTrust).error().code, "MalformedPolicyDocument");
  EXPECT_EQ(Policy::parse("x", kBucket).error().code, "MalformedPolicy");
  EXPECT_EQ(Policy::parse("x", kKey).error().code, "MalformedPolicyDocumentException");
  EXPECT_EQ(Policy::parse("x", PolicyKind::kServiceControl).error().code,
            "MalformedPolicyDocumentException");
}

TEST(Policy, ABucketPolicyNamesItsBucketAlone) {
  const auto parse = [](const std::string& action, const std::string& resource) {
    const std::string text = with_statement(R"("Effect":"Allow","Principal":"*","Action":")" +
                                            action + R"(","Resource":")" + resource + "\"");
    auto parsed = Policy::parse(text, kBucket, "arn:aws:s3:::mine");
    return parsed.ok() ? std::string() : parsed.error().message;
  };
  EXPECT_EQ(parse("s3:GetObject", "arn:aws:s3:::mine/*"), "");
  EXPECT_EQ(parse("s3:ListBucket", "arn:aws:s3:::mine"), "");
  EXPECT_EQ(parse("s3:*", "arn:aws:s3:::mine*"), "");
  EXPECT_EQ(parse("*", "arn:aws:s3:::mine/a?b"), "");
  EXPECT_EQ(parse("s3:GetObject", "arn:aws:s3:::minemore/*"), "Policy has invalid resource");
  EXPECT_EQ(parse("s3:GetObject", "arn:aws:s3:::other/*"), "Policy has invalid resource");
  EXPECT_EQ(parse("s3:GetObject", "*"), "Policy has invalid resource");
  EXPECT_EQ(parse("kms:Decrypt", "arn:aws:s3:::mine/*"), "Policy has invalid action");
}

TEST(Policy, DepthAndSizeAreBounded) {
  EXPECT_TRUE(parse_json(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(parse_json(std::string(33, '[') + std::string(33, ']')));
  EXPECT_FALSE(parse_json(std::string(200'000, '[')));
  EXPECT_FALSE(Policy::parse("{" + std::string(128 * 1024, ' ') + "}", kIdentity).ok());
}

TEST(Policy, KeepsItsText) {
  const std::string text =
      R"({"Version" : "2012-10-17", "Id":"x", "Statement" : {"Effect":"Allow","Action":"*","Resource":"*"}} )";
  auto parsed = Policy::parse(text, kIdentity);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ((*parsed)->text(), text);
  EXPECT_EQ((*parsed)->statements().size(), 1u);
  EXPECT_EQ((*parsed)->kind(), kIdentity);
}

class TwoAccounts : public PrincipalDirectory {
 public:
  std::optional<std::string> id_of(std::string_view arn) const override {
    if (arn == "arn:aws:iam::111111111111:user/a") return "AIDA1";
    if (arn == "arn:aws:iam::111111111111:role/r") return "AROA1";
    return std::nullopt;
  }
  std::optional<std::string> arn_of(std::string_view) const override { return std::nullopt; }
  bool account_exists(std::string_view account) const override { return account == "111111111111"; }
};

std::shared_ptr<const Policy> trusting(const std::string& arn) {
  return *Policy::parse(with_principal(R"({"AWS":[")" + arn + R"("]})"), kTrust);
}

TEST(Policy, BindsPrincipals) {
  auto policy = trusting(
      R"(arn:aws:iam::111111111111:user/a","arn:aws:iam::111111111111:role/r","111111111111","*)");
  EXPECT_EQ(policy->principals(), (std::vector<std::string>{"arn:aws:iam::111111111111:role/r",
                                                            "arn:aws:iam::111111111111:user/a"}));
  auto bound = bind_principals(*policy, TwoAccounts());
  ASSERT_TRUE(bound.ok());
  EXPECT_EQ(*bound,
            (std::map<std::string, std::string>{{"arn:aws:iam::111111111111:role/r", "AROA1"},
                                                {"arn:aws:iam::111111111111:user/a", "AIDA1"}}));
}

TEST(Policy, RefusesPrincipalsThatDoNotExist) {
  for (const char* arn :
       {"arn:aws:iam::111111111111:user/b", "arn:aws:iam::222222222222:root", "222222222222",
        "arn:aws:sts::222222222222:assumed-role/r/s", "AIDAABCDEFGHIJKLMNOP"}) {
    auto bound = bind_principals(*trusting(arn), TwoAccounts());
    ASSERT_FALSE(bound.ok()) << arn;
    EXPECT_EQ(bound.error().message,
              "Invalid principal in policy: \"AWS\":\"" + std::string(arn) + "\"");
  }
}

TEST(Policy, ShowsWhoIsGoneByUniqueId) {
  auto policy =
      trusting(R"(arn:aws:iam::111111111111:user/a","arn:aws:iam::111111111111:user/abc)");
  auto bound = policy->with_bindings({{"arn:aws:iam::111111111111:user/a", "AIDA9"}});
  EXPECT_EQ(bound->shown(TwoAccounts()),
            with_principal(R"({"AWS":["AIDA9","arn:aws:iam::111111111111:user/abc"]})"));
  EXPECT_EQ(policy->shown(TwoAccounts()), policy->text());
}

bool is_public(const std::string& principal, const std::string& condition) {
  auto policy = Policy::parse(
      with_statement(R"("Effect":"Allow","Action":"s3:*","Resource":"*","Principal":)" + principal +
                     R"(,"Condition":)" + condition),
      kBucket);
  return (*policy)->grants_public();
}

TEST(Policy, TellsWhetherItIsPublic) {
  EXPECT_TRUE(is_public(R"("*")", "{}"));
  EXPECT_TRUE(is_public(R"({"AWS":"*"})", "{}"));
  EXPECT_FALSE(is_public(R"({"AWS":"111111111111"})", "{}"));
  EXPECT_FALSE(is_public(R"("*")", R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})"));
  EXPECT_TRUE(is_public(R"("*")", R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})"));
  EXPECT_TRUE(is_public(R"("*")", R"({"IpAddress":{"aws:SourceIp":"::/16"}})"));
  EXPECT_TRUE(is_public(R"("*")", R"({"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}})"));
  EXPECT_FALSE(is_public(R"("*")", R"({"StringEquals":{"aws:PrincipalOrgID":"o-1"}})"));
  EXPECT_TRUE(is_public(R"("*")", R"({"StringLike":{"aws:PrincipalOrgID":"o-*"}})"));
  EXPECT_TRUE(is_public(R"("*")", R"({"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}})"));
  EXPECT_TRUE(is_public(R"("*")", R"({"StringEquals":{"aws:UserAgent":"x"}})"));
}

TEST(ManagedPolicies, AllCompile) {
  for (const ManagedPolicy& managed : managed_policies()) {
    auto parsed = Policy::parse(managed.document, kIdentity);
    EXPECT_TRUE(parsed.ok()) << managed.name;
    EXPECT_EQ(find_managed_policy(managed.arn), &managed);
    EXPECT_TRUE(managed.arn.ends_with(managed.name));
    EXPECT_LE(managed.document.size(), 6144u);
  }
  EXPECT_EQ(find_managed_policy("arn:aws:iam::aws:policy/Nonesuch"), nullptr);
}

}  // namespace
}  // namespace coffer::authz
