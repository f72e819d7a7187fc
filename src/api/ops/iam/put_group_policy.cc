// PutGroupPolicy writes an inline policy of a group.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html
#include "api/ops/iam/groups.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct PutGroupPolicy {
  struct Input {
    std::string group_name, policy_name, policy_document;
  };
  struct Output {};

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "PutGroupPolicy", .body_bytes_max = kDocumentBodyMax};
  static constexpr auto input =
      fields(body<&Input::group_name>("GroupName", {.min = 1, .max = 128}),
             body<&Input::policy_name>("PolicyName", {.min = 1, .max = 128}),
             body<&Input::policy_document>("PolicyDocument", {.min = 1, .max = kDocumentMax}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "groupName", in.group_name);
    note(call, "policyName", in.policy_name);
    note(call, "policyDocument", in.policy_document);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of_group(call, in.group_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:PutGroupPolicy", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(co_await call.services.iam->put_group_policy(
        target.account, target.user, in->policy_name, in->policy_document, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(iam, PutGroupPolicy);

}  // namespace coffer::api
