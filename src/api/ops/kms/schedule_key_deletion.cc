// ScheduleKeyDeletion closes a key at once and destroys it when the waiting period is over.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
#include "api/ops/kms/keys.h"
#include "base/log.h"
#include "s3/s3.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

// warn_of_use tells the operator what goes with the key: its objects are unreadable at once, and
// for ever when the key is gone.
Task<Unit> warn_of_use(s3::S3* s3, std::string key_arn, UnixMs deletion_ms) {
  if (!s3) co_return Unit{};
  auto usage = co_await s3->key_usage(key_arn);
  if (!usage.ok()) {
    log::warn("kms.deletion_usage_unknown", {{"key", key_arn}, {"code", usage.error().code}});
    co_return Unit{};
  }
  int64_t objects = 0, bytes = 0;
  for (const auto& in_bucket : usage->buckets) {
    objects += in_bucket.objects;
    bytes += in_bucket.bytes;
  }
  if (objects > 0)
    log::warn("kms.deletion_of_key_in_use", {{"key", key_arn},
                                             {"objects", std::to_string(objects)},
                                             {"bytes", std::to_string(bytes)},
                                             {"buckets", std::to_string(usage->buckets.size())},
                                             {"deletion", iso8601(deletion_ms)}});
  co_return Unit{};
}

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
    co_await warn_of_use(call.services.s3, key->arn(), key->deletion_ms);
    co_return Output{key->arn(), std::string(kms::state_name(key->state)),
                     Timestamp{key->deletion_ms}, days};
  }
};

}  // namespace

COFFER_OPERATION(kms, ScheduleKeyDeletion);

}  // namespace coffer::api
