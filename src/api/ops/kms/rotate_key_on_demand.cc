// RotateKeyOnDemand gives a key a new backing key now. What was encrypted before stays readable.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct RotateKeyOnDemand {
  using Input = KeyOnly;
  struct Output {
    std::string key_arn;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "RotateKeyOnDemand"};
  static constexpr auto input = KeyOnly::shape();
  static constexpr auto output = fields(body<&Output::key_arn>("KeyId"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "RotateKeyOnDemand")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    if (target.key) note_resource(call, *target.key);
    CO_TRY(KeyPtr key, co_await call.services.kms->rotate(
                           std::move(target), kms::RotationKind::kOnDemand, &call.draft));
    co_return Output{key->arn()};
  }
};

}  // namespace

COFFER_OPERATION(kms, RotateKeyOnDemand);

}  // namespace coffer::api
