// DescribeAccount tells what an account of the organization is called and whether it is open.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct DescribeAccount {
  struct Input {
    std::string account_id;
  };
  struct Output {
    AccountEntity account;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "DescribeAccount", .read_only = true};
  static constexpr auto input = fields(body<&Input::account_id>("AccountId", {.max = 12}));
  static constexpr auto output = fields(body<&Output::account>("Account"));

  static Status validate(const Input& in, Call& call) {
    note(call, "accountId", in.account_id);
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "DescribeAccount", arn_of(call, "account", in.account_id));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto found, call.services.iam->account(in->account_id));
    co_return Output{account_entity(call, found)};
  }
};

}  // namespace

COFFER_OPERATION(organizations, DescribeAccount);

}  // namespace coffer::api
