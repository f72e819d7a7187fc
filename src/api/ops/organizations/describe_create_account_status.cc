// DescribeCreateAccountStatus tells what came of one request to make an account.
// Source:
// docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeCreateAccountStatus.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct DescribeCreateAccountStatus {
  struct Input {
    std::string id;
  };
  struct Output {
    CreationEntity status;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "DescribeCreateAccountStatus", .read_only = true};
  static constexpr auto input = fields(body<&Input::id>("CreateAccountRequestId", {.max = 36}));
  static constexpr auto output = fields(body<&Output::status>("CreateAccountStatus"));

  static Status validate(const Input& in, Call& call) {
    note(call, "createAccountRequestId", in.id);
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return demand_on(call, "DescribeCreateAccountStatus", "*");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(auto found, call.services.iam->account_creation(in->id));
    co_return Output{creation_entity(found)};
  }
};

}  // namespace

COFFER_OPERATION(organizations, DescribeCreateAccountStatus);

}  // namespace coffer::api
