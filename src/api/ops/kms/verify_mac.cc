// VerifyMac tells whether an HMAC is the key's over a message. One that is not is refused.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_VerifyMac.html
#include "api/ops/kms/macs.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct VerifyMac {
  struct Input {
    MacRequest request;
    Blob mac;
  };
  struct Output {
    std::string key_arn, algorithm;
    bool valid = true;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "VerifyMac", .read_only = true};
  static constexpr auto input = fields(
      group<&Input::request>(), body<&Input::mac>("Mac", {.min = 1, .max = kms::kBlobBytesMax}));
  static constexpr auto output =
      fields(body<&Output::key_arn>("KeyId"), body<&Output::valid>("MacValid"),
             body<&Output::algorithm>("MacAlgorithm"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return mac_facts(call, in.request);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {mac_demand(call, target, in.request, spec.name)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    const MacRequest& request = in->request;
    CO_TRY(KeyPtr key, co_await mac_key(call, std::move(target), request, spec.name));
    CO_TRY_OK(kms::verify_mac(*key, request.algorithm, request.message, in->mac.bytes));
    if (request.dry_run.value_or(false)) co_return dry_run_succeeded();
    CO_TRY_OK(co_await used(call, key));
    co_return Output{key->arn(), request.algorithm};
  }
};

}  // namespace

COFFER_OPERATION(kms, VerifyMac);

}  // namespace coffer::api
