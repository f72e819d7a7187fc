// GetAccessKeyInfo tells which account an access key ID belongs to, by the number that it holds:
// also of a key that does not exist. Source:
// docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
#include "api/op.h"
#include "iam/iam.h"
#include "iam/names.h"

namespace coffer::api {
namespace {

struct GetAccessKeyInfo {
  struct Input {
    std::string access_key_id;
  };
  struct Output {
    std::string account;
  };

  static constexpr OpSpec spec{
      .service = Service::kSts, .name = "GetAccessKeyInfo", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::access_key_id>("AccessKeyId", {.min = 16, .max = 128}));
  static constexpr auto output = fields(body<&Output::account>("Account"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return {{.action = "sts:GetAccessKeyInfo",
             .resource = "*",
             .resource_account = call.caller.principal.account}};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call&) {
    auto account = iam::account_in(in->access_key_id);
    if (!account) co_return Error{"ValidationError", "Invalid accessKeyId"};
    co_return Output{*std::move(account)};
  }
};

}  // namespace

COFFER_OPERATION(sts, GetAccessKeyInfo);

}  // namespace coffer::api
