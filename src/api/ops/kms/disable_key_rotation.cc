// DisableKeyRotation ends the automatic rotation of a key.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct DisableKeyRotation {
  using Input = KeyOnly;
  using Output = Nothing;
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "DisableKeyRotation"};
  static constexpr auto input = KeyOnly::shape();
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "DisableKeyRotation")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    if (target.key) note_resource(call, *target.key);
    CO_TRY_OK(co_await call.services.kms->change(
        std::move(target), [](Key& k) { return kms::disable_rotation(k); }, &call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, DisableKeyRotation);

}  // namespace coffer::api
