// GetKeyRotationStatus answers whether and when a key is rotated automatically.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct GetKeyRotationStatus {
  using Input = KeyOnly;
  struct Output {
    std::string key_arn;
    bool enabled = false;
    std::optional<int64_t> days;
    std::optional<Timestamp> next;
  };
  using Facts = Target;

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "GetKeyRotationStatus", .read_only = true};
  static constexpr auto input = KeyOnly::shape();
  static constexpr auto output =
      fields(body<&Output::enabled>("KeyRotationEnabled"), body<&Output::key_arn>("KeyId"),
             body<&Output::days>("RotationPeriodInDays"), body<&Output::next>("NextRotationDate"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "GetKeyRotationStatus")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(KeyPtr key, co_await call.services.kms->made(std::move(target)));
    note_resource(call, *key);
    CO_TRY_OK(kms::check_rotates(*key));
    Output out{.key_arn = key->arn()};
    // A key that waits for its deletion is not rotated; what was set comes back with a cancelled
    // deletion.
    out.enabled = key->rotation.enabled && key->state != kms::KeyState::kPendingDeletion;
    if (out.enabled) {
      out.days = key->rotation.period_days;
      out.next = Timestamp{key->rotation.next_ms};
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, GetKeyRotationStatus);

}  // namespace coffer::api
