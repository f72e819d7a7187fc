// GetGroupPolicy answers an inline policy of a group, percent-encoded.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html
#include "api/ops/iam/groups.h"
#include "base/encoding.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct GetGroupPolicy {
  struct Input {
    std::string group_name, policy_name;
  };
  struct Output {
    std::string group_name, policy_name, policy_document;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "GetGroupPolicy", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::group_name>("GroupName", {.min = 1, .max = 128}),
             body<&Input::policy_name>("PolicyName", {.min = 1, .max = 128}));
  static constexpr auto output =
      fields(body<&Output::group_name>("GroupName"), body<&Output::policy_name>("PolicyName"),
             body<&Output::policy_document>("PolicyDocument"));

  static Status validate(const Input& in, Call& call) {
    note(call, "groupName", in.group_name);
    note(call, "policyName", in.policy_name);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_group(call, in.group_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:GetGroupPolicy", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto document,
           call.services.iam->group_policy(target.account, target.user, in->policy_name));
    CO_TRY(auto group, call.services.iam->group(target.account, target.user));
    co_return Output{group->name, in->policy_name, url_encode(document)};
  }
};

}  // namespace

COFFER_OPERATION(iam, GetGroupPolicy);

}  // namespace coffer::api
