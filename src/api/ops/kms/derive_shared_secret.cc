// DeriveSharedSecret answers what a private key and somebody else's public key agree on.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_DeriveSharedSecret.html
#include "api/ops/kms/keys.h"
#include "kms/asymmetric.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct DeriveSharedSecret {
  struct Input {
    std::string key_id, algorithm;
    Blob public_key;
    std::vector<std::string> grant_tokens;
    std::optional<bool> dry_run;
    std::optional<Recipient> recipient;
  };
  struct Output {
    std::string key_arn, algorithm, origin;
    Secret shared;
  };
  using Facts = Target;

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "DeriveSharedSecret", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::algorithm>("KeyAgreementAlgorithm", {.values = "ECDH"}),
             body<&Input::public_key>("PublicKey", {.min = 1, .max = 8192}),
             body<&Input::grant_tokens>("GrantTokens", {.min = 0, .max = 10}),
             body<&Input::dry_run>("DryRun"), body<&Input::recipient>("Recipient"));
  static constexpr auto output =
      fields(body<&Output::key_arn>("KeyId"), body<&Output::shared>("SharedSecret"),
             body<&Output::algorithm>("KeyAgreementAlgorithm"), body<&Output::origin>("KeyOrigin"));

  static Status validate(const Input& in, Call& call) { return check_recipient(in.recipient); }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note(call, "keyAgreementAlgorithm", in.algorithm);
    return key_named(call, in.key_id, Names::kKeysAndAliases);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    std::vector<Demand> out{demand_on(call, target, spec.name)};
    out[0].conditions.set("kms:KeyAgreementAlgorithm", in.algorithm);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(check_grant_tokens(call, in->grant_tokens));
    CO_TRY(KeyPtr key, co_await key_for(call, std::move(target),
                                        {spec.name, kms::kKeyAgreement, in->algorithm}));
    CO_TRY(Secret shared, co_await offload(call.services.kms->pool(), [&] {
             return kms::derive_secret(*key, in->public_key.bytes);
           }));
    if (in->dry_run.value_or(false)) co_return dry_run_succeeded();
    CO_TRY_OK(co_await used(call, key));
    co_return Output{key->arn(), in->algorithm, key->origin, std::move(shared)};
  }
};

}  // namespace

COFFER_OPERATION(kms, DeriveSharedSecret);

}  // namespace coffer::api
