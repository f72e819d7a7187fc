// DisableKey stops every use of a key at once, of cached bucket keys too.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct DisableKey {
  using Input = KeyOnly;
  using Output = Nothing;
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "DisableKey"};
  static constexpr auto input = KeyOnly::shape();
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "DisableKey")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    if (target.key) note_resource(call, *target.key);
    CO_TRY_OK(co_await call.services.kms->change(
        std::move(target), [](Key& k) { return kms::set_enabled(k, false); }, &call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, DisableKey);

}  // namespace coffer::api
