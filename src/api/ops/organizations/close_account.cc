// CloseAccount closes an account of the organization: nobody of it is a principal any more.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct CloseAccount {
  struct Input {
    std::string account_id;
  };
  struct Output {};

  static constexpr OpSpec spec{.service = Service::kOrganizations, .name = "CloseAccount"};
  static constexpr auto input = fields(body<&Input::account_id>("AccountId", {.max = 12}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "accountId", in.account_id);
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "CloseAccount", arn_of(call, "account", in.account_id));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY_OK(co_await call.services.iam->close_account(in->account_id, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(organizations, CloseAccount);

}  // namespace coffer::api
