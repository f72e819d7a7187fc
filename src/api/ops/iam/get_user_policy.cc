// GetUserPolicy answers an inline policy of a user, percent-encoded.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html
#include "api/ops/iam/entities.h"
#include "base/encoding.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct GetUserPolicy {
  struct Input {
    std::string user_name, policy_name;
  };
  struct Output {
    std::string user_name, policy_name, policy_document;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "GetUserPolicy", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}),
             body<&Input::policy_name>("PolicyName", {.min = 1, .max = 128}));
  static constexpr auto output =
      fields(body<&Output::user_name>("UserName"), body<&Output::policy_name>("PolicyName"),
             body<&Output::policy_document>("PolicyDocument"));

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    note(call, "policyName", in.policy_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:GetUserPolicy", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto document,
           call.services.iam->user_policy(target.account, target.user, in->policy_name));
    CO_TRY(auto user, call.services.iam->user(target.account, target.user));
    co_return Output{user->name, in->policy_name, url_encode(document)};
  }
};

}  // namespace

COFFER_OPERATION(iam, GetUserPolicy);

}  // namespace coffer::api
