// Accounts of the organization, and what binds them, across restarts and conflicts.
#include <set>

#include "iam/session.h"
#include "iam/testing/fixture.h"

namespace coffer::iam {
namespace {

class Organization : public IamFixture {
 protected:
  AccountCreation make(std::string email) {
    return must(ask(&Iam::create_account, Iam::NewAccount{.name = "n", .email = std::move(email)}));
  }
  std::string policy(std::string name, std::string effect) {
    std::string document = fmt::format(
        R"({{"Version":"2012-10-17","Statement":[{{"Effect":"{}","Action":"s3:*","Resource":"*"}}]}})",
        effect);
    return must(
               ask(&Iam::create_control_policy,
                   Iam::NewControlPolicy{.name = std::move(name), .document = std::move(document)}))
        .id;
  }
  // levels are the names of what binds a principal of the account's role.
  std::vector<std::vector<std::string>> levels(const std::string& account) {
    auto role = iam_->role(account, "OrganizationAccountAccessRole");
    NewSession session = must(run_task(iam_->begin_session(
        {.kind = SessionKind::kRole, .account = account, .parent_id = (*role)->id, .name = "s"})));
    Presented p = sign(session.access_key_id, session.secret);
    p.session_token = session.token;
    auto caller = knock(p);
    std::vector<std::vector<std::string>> out;
    if (caller.index() == 0) return out;
    for (const auto& level : std::get<1>(caller).policies.service_control) {
      out.emplace_back();
      for (const auto& one : level) out.back().push_back(one.name);
    }
    return out;
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, Organization, testing::Bool());

TEST_P(Organization, AnAccountIsThereAfterARestart) {
  AccountCreation made = make("a@example.com");
  ASSERT_EQ(made.state, AccountCreation::State::kSucceeded);
  ASSERT_EQ(made.account.size(), 12u);
  for (int restarts = 0; restarts < 2; ++restarts, restart()) {
    Account account = must(iam_->account(made.account));
    EXPECT_EQ(account.email, "a@example.com");
    EXPECT_TRUE(account.active);
    EXPECT_EQ(must(iam_->account_creation(made.id)).account, made.account);
    EXPECT_TRUE(iam_->role(made.account, "OrganizationAccountAccessRole").ok());
    EXPECT_EQ(iam_->organization_accounts().size(), 2u);
  }
}

TEST_P(Organization, AnAddressServesOnce) {
  EXPECT_EQ(make("a@example.com").state, AccountCreation::State::kSucceeded);
  AccountCreation again = make("A@example.com");
  EXPECT_EQ(again.state, AccountCreation::State::kFailed);
  EXPECT_EQ(again.failure, "EMAIL_ALREADY_EXISTS");
  EXPECT_EQ(again.account, "");
  EXPECT_EQ(iam_->account_creations().size(), 2u);
  EXPECT_EQ(iam_->organization_accounts().size(), 2u);
}

TEST_P(Organization, AClosedAccountHasNoPrincipals) {
  std::string account = make("a@example.com").account;
  must(ask(&Iam::close_account, account));
  EXPECT_EQ(refusal(ask(&Iam::close_account, account)),
            "AccountAlreadyClosedException: You attempted to close an account that is already "
            "closed.");
  for (int restarts = 0; restarts < 2; ++restarts, restart()) {
    EXPECT_FALSE(must(iam_->account(account)).active);
    EXPECT_FALSE(iam_->role(account, "OrganizationAccountAccessRole").ok());
  }
}

TEST_P(Organization, ControlPoliciesBindFromTheNextRequest) {
  std::string account = make("a@example.com").account;
  using Levels = std::vector<std::vector<std::string>>;
  EXPECT_EQ(levels(account), (Levels{{"p-FullAWSAccess"}, {"p-FullAWSAccess"}}));
  std::string only = policy("only", "Allow"), deny = policy("deny", "Deny");
  must(ask(&Iam::attach_control_policy, only, account));
  must(ask(&Iam::detach_control_policy, std::string("p-FullAWSAccess"), account));
  must(ask(&Iam::attach_control_policy, deny, std::string(kOrganizationRoot)));
  for (int restarts = 0; restarts < 2; ++restarts, restart()) {
    Levels now = levels(account);
    ASSERT_EQ(now.size(), 2u);
    EXPECT_EQ(std::set(now[0].begin(), now[0].end()),
              (std::set<std::string>{"p-FullAWSAccess", deny}));
    EXPECT_EQ(now[1], std::vector<std::string>{only});
  }
  EXPECT_EQ(refusal(ask(&Iam::detach_control_policy, only, account)).substr(0, 28),
            "ConstraintViolationException");
  EXPECT_EQ(refusal(ask(&Iam::delete_control_policy, only)).substr(0, 20), "PolicyInUseException");
  must(ask(&Iam::attach_control_policy, std::string("p-FullAWSAccess"), account));
  must(ask(&Iam::detach_control_policy, only, account));
  must(ask(&Iam::delete_control_policy, only));
  EXPECT_EQ(levels(account)[1], std::vector<std::string>{"p-FullAWSAccess"});
}

}  // namespace
}  // namespace coffer::iam
