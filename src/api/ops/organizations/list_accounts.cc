// ListAccounts lists the organization's accounts, closed ones too.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct ListAccounts {
  using Input = PageIn;
  struct Output {
    std::vector<AccountEntity> accounts;
    std::optional<std::string> next_token;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "ListAccounts", .read_only = true};
  static constexpr auto input = PageIn::shape();
  static constexpr auto output =
      fields(body<&Output::accounts>("Accounts"), body<&Output::next_token>("NextToken"));

  static Status validate(const Input&, Call& call) { return management_only(call); }
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return demand_on(call, "ListAccounts", "*");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    Output out;
    CO_TRY(auto page, page_of(call.services.iam->organization_accounts(), *in, out.next_token,
                              [](const iam::Account& a) { return a.id; }));
    for (const iam::Account& account : page) out.accounts.push_back(account_entity(call, account));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(organizations, ListAccounts);

}  // namespace coffer::api
