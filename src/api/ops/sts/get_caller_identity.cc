// GetCallerIdentity tells who the caller is. Nobody who is authenticated can be denied it.
// Source: docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
#include "api/op.h"

namespace coffer::api {
namespace {

struct GetCallerIdentity {
  struct Input {};
  struct Output {
    std::string user_id, account, arn;
  };

  static constexpr OpSpec spec{
      .service = Service::kSts, .name = "GetCallerIdentity", .read_only = true};
  static constexpr auto input = fields();
  static constexpr auto output =
      fields(body<&Output::user_id>("UserId"), body<&Output::account>("Account"),
             body<&Output::arn>("Arn"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return {{.action = "sts:GetCallerIdentity",
             .resource = "*",
             .resource_account = call.caller.principal.account,
             .rule = authz::ResourceRule::kAuthenticated}};
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    const authz::Principal& caller = call.caller.principal;
    co_return Output{caller.principal_id, caller.account, caller.arn};
  }
};

}  // namespace

COFFER_OPERATION(sts, GetCallerIdentity);

}  // namespace coffer::api
