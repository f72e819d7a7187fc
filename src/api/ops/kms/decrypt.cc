// Decrypt opens what Encrypt or GenerateDataKey answered. A symmetric key's ciphertext names its
// key, and a caller who names one too is held to it; for an asymmetric key the caller must name it.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
#include "api/ops/kms/ciphertexts.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct Decrypt {
  struct Input {
    Blob ciphertext;
    EncryptionContext context;
    std::vector<std::string> grant_tokens;
    std::optional<std::string> key_id, algorithm;
    std::optional<Recipient> recipient;
    std::optional<bool> dry_run;
  };
  struct Output {
    std::string key_arn, algorithm;
    std::optional<std::string> material_id;
    Secret plaintext;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "Decrypt", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::ciphertext>("CiphertextBlob", {.min = 1, .max = kms::kBlobBytesMax}),
             body<&Input::context>("EncryptionContext"),
             body<&Input::grant_tokens>("GrantTokens", {.min = 0, .max = 10}),
             body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::algorithm>("EncryptionAlgorithm", {.values = kEncryptionAlgorithms}),
             body<&Input::recipient>("Recipient"), body<&Input::dry_run>("DryRun"));
  static constexpr auto output = fields(
      body<&Output::key_arn>("KeyId"), body<&Output::plaintext>("Plaintext"),
      body<&Output::algorithm>("EncryptionAlgorithm"), body<&Output::material_id>("KeyMaterialId"));

  static Status validate(const Input& in, Call& call) {
    if (algorithm_of(in.algorithm) != kSymmetricSpec && !in.key_id)
      return Error{"ValidationException", "KeyId must not be null"};
    return check_recipient(in.recipient);
  }
  static EncryptionUse use_of(const Input& in) {
    return {"Decrypt", algorithm_of(in.algorithm), in.context};
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note(call, "encryptionAlgorithm", algorithm_of(in.algorithm));
    note_context(call, "encryptionContext", in.context);
    note(call, "keyId", in.key_id);
    return key_of_blob(call, in.ciphertext.bytes, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on_use(call, target, use_of(in))};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(check_grant_tokens(call, in->grant_tokens));
    CO_TRY(KeyPtr key, co_await key_for_use(call, std::move(target), in->context));
    const EncryptionUse use = use_of(*in);
    CO_TRY(auto opened, co_await open_under(call, key, use, in->ciphertext.bytes));
    if (in->dry_run.value_or(false)) co_return dry_run_succeeded();
    CO_TRY_OK(co_await used(call, key, opened.material));
    Output out{.key_arn = key->arn(), .algorithm = use.algorithm};
    if (opened.material) out.material_id = material_hex(*opened.material);
    out.plaintext = std::move(opened.plaintext);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, Decrypt);

}  // namespace coffer::api
