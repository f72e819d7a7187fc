// ReEncrypt moves a ciphertext under another key or context; the plaintext never leaves the
// service. Source: docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
#include "api/ops/kms/ciphertexts.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct ReEncrypt {
  struct Input {
    Blob ciphertext;
    EncryptionContext source_context, destination_context;
    std::string destination_key_id;
    std::optional<std::string> source_key_id, source_algorithm, destination_algorithm;
    std::vector<std::string> grant_tokens;
    std::optional<bool> dry_run;
  };
  struct Output {
    Blob ciphertext;
    std::string source_key_arn, key_arn, source_algorithm, destination_algorithm;
    std::optional<std::string> source_material, destination_material;
  };
  struct Facts {
    Target source, destination;
  };

  static constexpr OpSpec spec{.service = Service::kKms, .name = "ReEncrypt", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::ciphertext>("CiphertextBlob", {.min = 1, .max = kms::kBlobBytesMax}),
             body<&Input::source_context>("SourceEncryptionContext"),
             body<&Input::source_key_id>("SourceKeyId", {.min = 1, .max = 2048}),
             body<&Input::destination_key_id>("DestinationKeyId", {.min = 1, .max = 2048}),
             body<&Input::destination_context>("DestinationEncryptionContext"),
             body<&Input::source_algorithm>("SourceEncryptionAlgorithm",
                                            {.values = kEncryptionAlgorithms}),
             body<&Input::destination_algorithm>("DestinationEncryptionAlgorithm",
                                                 {.values = kEncryptionAlgorithms}),
             body<&Input::grant_tokens>("GrantTokens", {.min = 0, .max = 10}),
             body<&Input::dry_run>("DryRun"));
  static constexpr auto output = fields(
      body<&Output::ciphertext>("CiphertextBlob"), body<&Output::source_key_arn>("SourceKeyId"),
      body<&Output::key_arn>("KeyId"), body<&Output::source_algorithm>("SourceEncryptionAlgorithm"),
      body<&Output::destination_algorithm>("DestinationEncryptionAlgorithm"),
      body<&Output::source_material>("SourceKeyMaterialId"),
      body<&Output::destination_material>("DestinationKeyMaterialId"));

  static Status validate(const Input& in, Call& call) {
    if (algorithm_of(in.source_algorithm) != kSymmetricSpec && !in.source_key_id)
      return Error{"ValidationException", "SourceKeyId must not be null"};  // (unverified words)
    return ok_status();
  }
  // `side`: the action of the one key; refusals name the operation.
  static EncryptionUse source_use(const Input& in, std::string_view side = "ReEncrypt") {
    return {side, algorithm_of(in.source_algorithm), in.source_context};
  }
  static EncryptionUse destination_use(const Input& in, std::string_view side = "ReEncrypt") {
    return {side, algorithm_of(in.destination_algorithm), in.destination_context};
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note_context(call, "sourceEncryptionContext", in.source_context);
    note_context(call, "destinationEncryptionContext", in.destination_context);
    note(call, "sourceKeyId", in.source_key_id);
    note(call, "destinationKeyId", in.destination_key_id);
    note(call, "sourceEncryptionAlgorithm", algorithm_of(in.source_algorithm));
    note(call, "destinationEncryptionAlgorithm", algorithm_of(in.destination_algorithm));
    Facts out;
    CO_TRY(out.source, co_await key_of_blob(call, in.ciphertext.bytes, in.source_key_id));
    CO_TRY(out.destination,
           call.services.kms->find(call.caller, in.destination_key_id, Names::kKeysAndAliases));
    co_return out;
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call& call) {
    std::vector<Demand> out{
        demand_on_use(call, facts.source, source_use(in, "ReEncryptFrom")),
        demand_on_use(call, facts.destination, destination_use(in, "ReEncryptTo"))};
    const std::string same = facts.source.arn == facts.destination.arn ? "true" : "false";
    for (Demand& demand : out) demand.conditions.set("kms:ReEncryptOnSameKey", same);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY_OK(check_grant_tokens(call, in->grant_tokens));
    CO_TRY(KeyPtr source, co_await key_for_use(call, std::move(facts.source), in->source_context));
    CO_TRY(KeyPtr destination,
           co_await key_for_use(call, std::move(facts.destination), in->destination_context));
    const EncryptionUse from = source_use(*in), to = destination_use(*in);
    CO_TRY(auto opened, co_await open_under(call, source, from, in->ciphertext.bytes));
    CO_TRY_OK(check_encryption(*destination, to, opened.plaintext.size()));
    if (in->dry_run.value_or(false)) co_return dry_run_succeeded();
    Sealed sealed = co_await seal_under(call, destination, to, opened.plaintext);
    Output out{.source_key_arn = source->arn(),
               .key_arn = destination->arn(),
               .source_algorithm = from.algorithm,
               .destination_algorithm = to.algorithm};
    if (opened.material) out.source_material = material_hex(*opened.material);
    if (sealed.material) out.destination_material = material_hex(*sealed.material);
    out.ciphertext.bytes = std::move(sealed.ciphertext);
    CO_TRY_OK(co_await used(call, source, opened.material));
    if (destination->account != source->account)
      CO_TRY_OK(co_await used(call, destination, sealed.material));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, ReEncrypt);

}  // namespace coffer::api
