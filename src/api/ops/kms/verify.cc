// Verify tells whether a signature is the key's over a message, or over its digest. One that is not
// is refused.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html
#include "api/ops/kms/signatures.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct Verify {
  struct Input {
    SigningRequest request;
    Blob signature;
  };
  struct Output {
    std::string key_arn, algorithm;
    bool valid = true;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "Verify", .read_only = true};
  static constexpr auto input =
      fields(group<&Input::request>(),
             body<&Input::signature>("Signature", {.min = 1, .max = kms::kBlobBytesMax}));
  static constexpr auto output =
      fields(body<&Output::key_arn>("KeyId"), body<&Output::valid>("SignatureValid"),
             body<&Output::algorithm>("SigningAlgorithm"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return signing_facts(call, in.request);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {signing_demand(call, target, in.request, spec.name)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    const SigningRequest& request = in->request;
    CO_TRY(SigningUse use, co_await signing_use(call, std::move(target), request, spec.name));
    CO_TRY_OK(co_await offload(call.services.kms->pool(), [&] {
      return kms::verify(*use.key, request.algorithm, use.digest, in->signature.bytes);
    }));
    if (request.dry_run.value_or(false)) co_return dry_run_succeeded();
    CO_TRY_OK(co_await used(call, use.key));
    co_return Output{use.key->arn(), request.algorithm};
  }
};

}  // namespace

COFFER_OPERATION(kms, Verify);

}  // namespace coffer::api
