// Encrypt encrypts up to 4,096 bytes under a symmetric key and an encryption context, or what fits
// under an RSA key.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
#include "api/ops/kms/ciphertexts.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct Encrypt {
  struct Input {
    std::string key_id;
    Secret plaintext;
    EncryptionContext context;
    std::vector<std::string> grant_tokens;
    std::optional<std::string> algorithm;
    std::optional<bool> dry_run;
  };
  struct Output {
    Blob ciphertext;
    std::string key_arn, algorithm;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "Encrypt", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::plaintext>("Plaintext",
                                     {.min = 1, .max = kms::kPlaintextBytesMax, .sensitive = true}),
             body<&Input::context>("EncryptionContext"),
             body<&Input::grant_tokens>("GrantTokens", {.min = 0, .max = 10}),
             body<&Input::algorithm>("EncryptionAlgorithm", {.values = kEncryptionAlgorithms}),
             body<&Input::dry_run>("DryRun"));
  static constexpr auto output =
      fields(body<&Output::ciphertext>("CiphertextBlob"), body<&Output::key_arn>("KeyId"),
             body<&Output::algorithm>("EncryptionAlgorithm"));

  static EncryptionUse use_of(const Input& in) {
    return {"Encrypt", algorithm_of(in.algorithm), in.context};
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note(call, "encryptionAlgorithm", algorithm_of(in.algorithm));
    note_context(call, "encryptionContext", in.context);
    return key_named(call, in.key_id, Names::kKeysAndAliases);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on_use(call, target, use_of(in))};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(check_grant_tokens(call, in->grant_tokens));
    CO_TRY(KeyPtr key, co_await key_for_use(call, std::move(target), in->context));
    const EncryptionUse use = use_of(*in);
    CO_TRY_OK(check_encryption(*key, use, in->plaintext.size()));
    if (in->dry_run.value_or(false)) co_return dry_run_succeeded();
    Sealed sealed = co_await seal_under(call, key, use, in->plaintext);
    CO_TRY_OK(co_await used(call, key, sealed.material));
    Output out{{std::move(sealed.ciphertext)}, key->arn(), use.algorithm};
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, Encrypt);

}  // namespace coffer::api
