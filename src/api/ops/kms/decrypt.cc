// Decrypt opens what Encrypt or GenerateDataKey answered. The ciphertext names its key; a caller
// who names one too is held to it. Source:
// docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
#include "api/ops/kms/keys.h"

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
    std::string key_arn, algorithm, material_id;
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

  static Status validate(const Input& in, Call& call) { return check_recipient(in.recipient); }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note(call, "encryptionAlgorithm", in.algorithm.value_or(std::string(kSymmetric)));
    note_context(call, "encryptionContext", in.context);
    note(call, "keyId", in.key_id);
    return key_of_blob(call, in.ciphertext.bytes, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "Decrypt", &in.context)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(check_grant_tokens(call, in->grant_tokens));
    CO_TRY(KeyPtr key, co_await key_for_use(call, std::move(target), in->context));
    CO_TRY_OK(check_algorithm(*key, in->algorithm));
    CO_TRY_OK(check_named(*key, in->ciphertext.bytes));
    CO_TRY(auto opened, kms::open_blob(*key, in->context, in->ciphertext.bytes));
    if (in->dry_run.value_or(false)) co_return dry_run_succeeded();
    CO_TRY_OK(co_await used(call, key, opened.material));
    Output out{.key_arn = key->arn(),
               .algorithm = std::string(kSymmetric),
               .material_id = material_hex(opened.material)};
    out.plaintext = std::move(opened.plaintext);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, Decrypt);

}  // namespace coffer::api
