// ScheduleKeyDeletion closes a key at once and destroys it when the waiting period is over.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct ScheduleKeyDeletion {
  struct Input {
    std::string key_id;
    std::optional<int64_t> days;
  };
  struct Output {
    std::string key_arn, state;
    Timestamp deletion;
    int64_t days = 0;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "ScheduleKeyDeletion"};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::days>("PendingWindowInDays",
                                {.min = kms::kPendingDaysMin, .max = kms::kPendingDaysMax}));
  static constexpr auto output =
      fields(body<&Output::key_arn>("KeyId"), body<&Output::deletion>("DeletionDate"),
             body<&Output::state>("KeyState"), body<&Output::days>("PendingWindowInDays"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note_number(call, "pendingWindowInDays", in.days);
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    std::vector<Demand> out{demand_on(call, target, "ScheduleKeyDeletion")};
    if (in.days)
      out[0].conditions.set("kms:ScheduleKeyDeletionPendingWindowInDays", std::to_string(*in.days));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    if (target.key) note_resource(call, *target.key);
    const int64_t days = in->days.value_or(kms::kPendingDaysDefault);
    const UnixMs now = call.services.kms->clock().business_ms();
    auto edit = [days, now](Key& k) { return kms::schedule_deletion(k, days, now); };
    CO_TRY(KeyPtr key, co_await call.services.kms->change(std::move(target), edit, &call.draft));
    co_return Output{key->arn(), std::string(kms::state_name(key->state)),
                     Timestamp{key->deletion_ms}, days};
  }
};

}  // namespace

COFFER_OPERATION(kms, ScheduleKeyDeletion);

}  // namespace coffer::api
