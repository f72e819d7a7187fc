// Sign signs a message, or its digest, with a private key.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
#include "api/ops/kms/signatures.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct Sign {
  struct Input {
    SigningRequest request;
  };
  struct Output {
    std::string key_arn, algorithm;
    Blob signature;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "Sign", .read_only = true};
  static constexpr auto input = fields(group<&Input::request>());
  static constexpr auto output =
      fields(body<&Output::key_arn>("KeyId"), body<&Output::signature>("Signature"),
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
    if (request.dry_run.value_or(false)) co_return dry_run_succeeded();
    Output out{use.key->arn(), request.algorithm};
    out.signature.bytes = co_await offload(call.services.kms->pool(), [&] {
      return kms::sign(*use.key, request.algorithm, use.digest);
    });
    CO_TRY_OK(co_await used(call, use.key));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, Sign);

}  // namespace coffer::api
