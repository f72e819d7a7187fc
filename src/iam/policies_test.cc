#include "iam/testing/fixture.h"

namespace coffer::iam {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

const std::string kAdministrator = "arn:aws:iam::aws:policy/AdministratorAccess";

class Policies : public IamFixture {
 protected:
  Result<PolicyVersion> add_version(const std::string& arn, const std::string& document,
                                    bool set_default) {
    return ask(&Iam::create_policy_version, kAccount, arn, document, set_default);
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, Policies, testing::Bool(),
                         [](const auto& i) { return i.param ? "faulty" : "plain"; });

TEST_P(Policies, AreMadeFoundAndListed) {
  auto made = must(ask(&Iam::create_policy, kAccount,
                       Iam::NewPolicy{.name = "Readers",
                                      .path = "/a/",
                                      .document = allow("s3:Get*"),
                                      .description = "those who read"}));
  EXPECT_EQ(made.arn, "arn:aws:iam::111122223333:policy/a/Readers");
  EXPECT_THAT(made.id, MatchesRegex("ANPA[A-Z2-7]{17}"));
  EXPECT_EQ(made.default_version, "v1");
  restart();
  auto found = must(iam_->policy(kAccount, made.arn));
  EXPECT_EQ(found.id, made.id);
  EXPECT_EQ(found.description, "those who read");
  auto version = must(run_task(iam_->policy_version(kAccount, made.arn, "v1")));
  EXPECT_EQ(version.document, allow("s3:Get*"));
  EXPECT_TRUE(version.is_default);
  auto local = must(iam_->policies(kAccount, {.scope = Iam::PolicyScope::kLocal}, {}));
  ASSERT_EQ(local.items.size(), 1u);
  EXPECT_GT(must(iam_->policies(kAccount, {}, {})).items.size(), 5u);
  EXPECT_TRUE(must(iam_->policies(kAccount, {.only_attached = true}, {})).items.empty());
  auto first = must(iam_->policies(kAccount, {}, {.max = 2}));
  EXPECT_NE(must(iam_->policies(kAccount, {}, {.marker = first.marker, .max = 2})).items[0].arn,
            first.items[1].arn);
}

TEST_P(Policies, RefusalsReadAsAws) {
  std::string arn = policy("p", allow("s3:*"));
  auto again =
      ask(&Iam::create_policy, kAccount, Iam::NewPolicy{.name = "P", .document = allow("s3:*")});
  EXPECT_EQ(
      refusal(again),
      "EntityAlreadyExists: A policy called P already exists. Duplicate names are not allowed.");
  auto broken = ask(&Iam::create_policy, kAccount, Iam::NewPolicy{.name = "q", .document = "{"});
  EXPECT_THAT(refusal(broken), testing::StartsWith("MalformedPolicyDocument: "));
  auto large = ask(&Iam::create_policy, kAccount,
                   Iam::NewPolicy{.name = "q", .document = allow(std::string(6144, 'a'))});
  EXPECT_EQ(refusal(large), "LimitExceeded: Cannot exceed quota for PolicySize: 6144");
  std::string none = "arn:aws:iam::111122223333:policy/none";
  EXPECT_EQ(refusal(iam_->policy(kAccount, none)),
            "NoSuchEntity: Policy " + none + " was not found.");
  EXPECT_EQ(refusal(iam_->policy(kAccount, "not an arn at all...")),
            "ValidationError: Invalid ARN:  Could not be parsed!");
  EXPECT_EQ(refusal(ask(&Iam::delete_policy, kAccount, none)),
            "NoSuchEntity: Policy " + none + " was not found.");
  must(create("bob"));
  EXPECT_EQ(refusal(ask(&Iam::attach_user_policy, kAccount, "bob", none)),
            "NoSuchEntity: Policy " + none + " does not exist or is not attachable.");
  EXPECT_EQ(refusal(ask(&Iam::detach_user_policy, kAccount, "bob", arn)),
            "NoSuchEntity: Policy " + arn + " was not found.");
  EXPECT_EQ(refusal(iam_->user_policy(kAccount, "bob", "x")),
            "NoSuchEntity: The user policy with name x cannot be found.");
  EXPECT_EQ(refusal(ask(&Iam::delete_user_policy, kAccount, "bob", "x")),
            "NoSuchEntity: The user policy with name x cannot be found.");
  EXPECT_EQ(refusal(run_task(iam_->policy_version(kAccount, arn, "v9"))),
            "NoSuchEntity: Policy " + arn + " version v9 does not exist or is not attachable.");
  EXPECT_THAT(refusal(run_task(iam_->policy_version(kAccount, arn, "9"))),
              testing::StartsWith("ValidationError: "));
  EXPECT_THAT(refusal(ask(&Iam::delete_policy, kAccount, kAdministrator)),
              testing::StartsWith("AccessDenied: "));
}

TEST_P(Policies, HaveFiveVersionsAndOneInForce) {
  std::string arn = policy("p", allow("s3:GetObject"));
  must(create("bob"));
  NewAccessKey key = key_of("bob");
  must(ask(&Iam::attach_user_policy, kAccount, "bob", arn));
  EXPECT_TRUE(may(key, "s3:GetObject"));
  EXPECT_FALSE(may(key, "s3:PutObject"));

  EXPECT_EQ(must(add_version(arn, allow("s3:PutObject"), false)).id, "v2");
  EXPECT_FALSE(may(key, "s3:PutObject"));
  must(ask(&Iam::set_default_policy_version, kAccount, arn, "v2"));
  EXPECT_TRUE(may(key, "s3:PutObject"));
  EXPECT_FALSE(may(key, "s3:GetObject"));
  must(add_version(arn, allow("kms:Decrypt"), true));
  EXPECT_TRUE(may(key, "kms:Decrypt"));
  restart();
  EXPECT_TRUE(may(key, "kms:Decrypt"));
  EXPECT_EQ(must(run_task(iam_->policy_version(kAccount, arn, "v1"))).document,
            allow("s3:GetObject"));

  must(add_version(arn, allow("a:b"), false));
  must(add_version(arn, allow("a:b"), false));
  EXPECT_EQ(refusal(add_version(arn, allow("a:b"), false)),
            "LimitExceeded: A managed policy can have up to 5 versions. Before you create a new "
            "version, you must delete an existing version.");
  EXPECT_EQ(refusal(ask(&Iam::delete_policy_version, kAccount, arn, "v3")),
            "DeleteConflict: Cannot delete the default version of a policy.");
  must(ask(&Iam::delete_policy_version, kAccount, arn, "v5"));
  EXPECT_EQ(must(add_version(arn, allow("a:b"), false)).id, "v6");
  auto versions = must(iam_->policy_versions(kAccount, arn, {}));
  EXPECT_EQ(versions.items.front().id, "v6");
  EXPECT_EQ(versions.items.size(), 5u);

  EXPECT_EQ(refusal(ask(&Iam::delete_policy, kAccount, arn)),
            "DeleteConflict: Cannot delete a policy attached to entities.");
  must(ask(&Iam::detach_user_policy, kAccount, "bob", arn));
  EXPECT_FALSE(may(key, "kms:Decrypt"));
  EXPECT_THAT(refusal(ask(&Iam::delete_policy, kAccount, arn)),
              testing::StartsWith("DeleteConflict: This policy has more than one version."));
  for (const char* id : {"v1", "v2", "v4", "v6"})
    must(ask(&Iam::delete_policy_version, kAccount, arn, id));
  must(ask(&Iam::delete_policy, kAccount, arn));
  auto rows = must(run_task(
      store_->meta().scan({"account/" + kAccount}, store::prefix_range("iam/policy"), {})));
  EXPECT_TRUE(rows.rows.empty());
}

TEST_P(Policies, AttachedOnesAreCountedAndListed) {
  std::string arn = policy("p", allow("s3:*"));
  must(create("bob"));
  must(create("ann", "/team/"));
  for (const char* user : {"bob", "ann", "bob"})
    must(ask(&Iam::attach_user_policy, kAccount, user, arn));
  must(ask(&Iam::attach_user_policy, kAccount, "bob", kAdministrator));
  EXPECT_EQ(must(iam_->policy(kAccount, arn)).attachment_count, 2);
  EXPECT_EQ(must(iam_->policy(kAccount, kAdministrator)).attachment_count, 1);
  EXPECT_EQ(must(iam_->policies(kAccount, {.only_attached = true}, {})).items.size(), 2u);
  EXPECT_THAT(must(iam_->attached_user_policies(kAccount, "bob", "/", {})).items,
              ElementsAre(arn, kAdministrator));
  EXPECT_TRUE(must(iam_->attached_user_policies(kAccount, "bob", "/x/", {})).items.empty());
  EXPECT_EQ(must(iam_->entities_with_policy(kAccount, arn, {}, {})).items.size(), 2u);
  EXPECT_EQ(
      must(iam_->entities_with_policy(kAccount, arn, {.path_prefix = "/team/"}, {})).items.size(),
      1u);
  EXPECT_TRUE(
      must(iam_->entities_with_policy(kAccount, arn, {.boundaries = true}, {})).items.empty());
  for (int i = 0; i < 8; ++i)
    must(ask(&Iam::attach_user_policy, kAccount, "bob",
             policy(fmt::format("p{}", i), allow("s3:*"))));
  EXPECT_EQ(refusal(ask(&Iam::attach_user_policy, kAccount, "bob", policy("p8", allow("s3:*")))),
            "LimitExceeded: Cannot exceed quota for PoliciesPerUser: 10");
}

TEST_P(Policies, InlineOnesAreInForceAtOnce) {
  must(create("bob"));
  NewAccessKey key = key_of("bob");
  EXPECT_FALSE(may(key, "s3:GetObject"));
  must(ask(&Iam::put_user_policy, kAccount, "bob", "b", allow("s3:GetObject")));
  EXPECT_TRUE(may(key, "s3:GetObject"));
  must(ask(&Iam::put_user_policy, kAccount, "BOB", "b", allow("s3:PutObject")));
  EXPECT_FALSE(may(key, "s3:GetObject"));
  must(ask(&Iam::put_user_policy, kAccount, "bob", "a", allow("kms:Decrypt")));
  EXPECT_THAT(must(iam_->user_policies(kAccount, "bob", {})).items, ElementsAre("a", "b"));
  restart();
  EXPECT_TRUE(may(key, "s3:PutObject"));
  EXPECT_TRUE(may(key, "kms:Decrypt"));
  std::string spaced = allow("s3:*") + std::string(3000, ' ');
  must(ask(&Iam::put_user_policy, kAccount, "bob", "a", spaced));
  EXPECT_EQ(must(iam_->user_policy(kAccount, "bob", "a")), spaced);
  EXPECT_EQ(refusal(ask(&Iam::put_user_policy, kAccount, "bob", "c",
                        allow("s3:" + std::string(1900, 'a')))),
            "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user bob");
  must(ask(&Iam::delete_user_policy, kAccount, "bob", "b"));
  EXPECT_FALSE(may(key, "kms:Decrypt"));
  EXPECT_TRUE(may(key, "s3:PutObject"));
}

}  // namespace
}  // namespace coffer::iam
