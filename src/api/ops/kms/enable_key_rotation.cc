// EnableKeyRotation rotates a key automatically; called again, it changes the period.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct EnableKeyRotation {
  struct Input {
    std::string key_id;
    std::optional<int64_t> days;
  };
  using Output = Nothing;
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "EnableKeyRotation"};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::days>("RotationPeriodInDays",
                                {.min = kms::kRotationDaysMin, .max = kms::kRotationDaysMax}));
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note_number(call, "rotationPeriodInDays", in.days);
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    std::vector<Demand> out{demand_on(call, target, "EnableKeyRotation")};
    if (in.days) out[0].conditions.set("kms:RotationPeriodInDays", std::to_string(*in.days));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    if (target.key) note_resource(call, *target.key);
    const int64_t days = in->days.value_or(kms::kRotationDaysDefault);
    const UnixMs now = call.services.kms->clock().business_ms();
    auto edit = [days, now](Key& k) { return kms::enable_rotation(k, days, now); };
    CO_TRY_OK(co_await call.services.kms->change(std::move(target), edit, &call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, EnableKeyRotation);

}  // namespace coffer::api
