// GetAccessKeyLastUsed tells when, where and for which service an access key was last used, to the
// minute. Source: docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct LastUsedEntity {
  std::optional<Timestamp> last_used_date;
  std::string service_name, region;  // "N/A" where it was never used
  static constexpr auto shape() {
    return fields(body<&LastUsedEntity::last_used_date>("LastUsedDate"),
                  body<&LastUsedEntity::service_name>("ServiceName"),
                  body<&LastUsedEntity::region>("Region"));
  }
};

struct GetAccessKeyLastUsed {
  struct Input {
    std::string access_key_id;
  };
  struct Output {
    std::optional<std::string> user_name;
    LastUsedEntity access_key_last_used;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "GetAccessKeyLastUsed", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::access_key_id>("AccessKeyId", {.min = 16, .max = 128}));
  static constexpr auto output = fields(body<&Output::user_name>("UserName"),
                                        body<&Output::access_key_last_used>("AccessKeyLastUsed"));

  static Status validate(const Input& in, Call& call) {
    note(call, "accessKeyId", in.access_key_id);
    return ok_status();
  }
  // A key of another account is none: the demand is on the owner where the caller's account has it.
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    const std::string& account = call.caller.principal.account;
    auto last = call.services.iam->access_key_last_used(account, in.access_key_id);
    if (last.ok() && !last->user_name.empty()) co_return target_of(call, last->user_name);
    co_return Target{.account = account,
                     .arn = last.ok() ? fmt::format("arn:aws:iam::{}:root", account) : "*"};
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:GetAccessKeyLastUsed", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto last, call.services.iam->access_key_last_used(target.account, in->access_key_id));
    Output out{.access_key_last_used = {.service_name = last.service, .region = last.region}};
    if (!last.user_name.empty()) out.user_name = last.user_name;
    if (last.used_ms) out.access_key_last_used.last_used_date = Timestamp{*last.used_ms};
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, GetAccessKeyLastUsed);

}  // namespace coffer::api
