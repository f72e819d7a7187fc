// CancelKeyDeletion keeps a key whose deletion was scheduled. It is disabled afterwards.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct CancelKeyDeletion {
  using Input = KeyOnly;
  struct Output {
    std::string key_arn;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "CancelKeyDeletion"};
  static constexpr auto input = KeyOnly::shape();
  static constexpr auto output = fields(body<&Output::key_arn>("KeyId"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "CancelKeyDeletion")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    if (target.key) note_resource(call, *target.key);
    CO_TRY(KeyPtr key, co_await call.services.kms->change(std::move(target), kms::cancel_deletion,
                                                          &call.draft));
    co_return Output{key->arn()};
  }
};

}  // namespace

COFFER_OPERATION(kms, CancelKeyDeletion);

}  // namespace coffer::api
