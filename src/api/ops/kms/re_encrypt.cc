// ReEncrypt moves a ciphertext under another key or context; the plaintext never leaves the
// service. Source: docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
#include "api/ops/kms/keys.h"

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
    std::string source_key_arn, key_arn, source_algorithm, destination_algorithm, source_material,
        destination_material;
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

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note_context(call, "sourceEncryptionContext", in.source_context);
    note_context(call, "destinationEncryptionContext", in.destination_context);
    note(call, "sourceKeyId", in.source_key_id);
    note(call, "destinationKeyId", in.destination_key_id);
    note(call, "sourceEncryptionAlgorithm", in.source_algorithm.value_or(std::string(kSymmetric)));
    note(call, "destinationEncryptionAlgorithm",
         in.destination_algorithm.value_or(std::string(kSymmetric)));
    Facts out;
    CO_TRY(out.source, co_await key_of_blob(call, in.ciphertext.bytes, in.source_key_id));
    CO_TRY(out.destination,
           call.services.kms->find(call.caller, in.destination_key_id, Names::kKeysAndAliases));
    co_return out;
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call& call) {
    std::vector<Demand> out{
        demand_on(call, facts.source, "ReEncryptFrom", &in.source_context),
        demand_on(call, facts.destination, "ReEncryptTo", &in.destination_context)};
    const std::string same = facts.source.arn == facts.destination.arn ? "true" : "false";
    for (Demand& demand : out) demand.conditions.set("kms:ReEncryptOnSameKey", same);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY_OK(check_grant_tokens(call, in->grant_tokens));
    CO_TRY(KeyPtr source, co_await key_for_use(call, std::move(facts.source), in->source_context));
    CO_TRY(KeyPtr destination,
           co_await key_for_use(call, std::move(facts.destination), in->destination_context));
    CO_TRY_OK(check_algorithm(*source, in->source_algorithm));
    CO_TRY_OK(check_algorithm(*destination, in->destination_algorithm));
    CO_TRY_OK(check_named(*source, in->ciphertext.bytes));
    CO_TRY(auto opened, kms::open_blob(*source, in->source_context, in->ciphertext.bytes));
    if (in->dry_run.value_or(false)) co_return dry_run_succeeded();
    Output out{.source_key_arn = source->arn(), .key_arn = destination->arn()};
    out.source_algorithm = out.destination_algorithm = kSymmetric;
    out.source_material = material_hex(opened.material);
    out.destination_material = material_hex(destination->current().id);
    out.ciphertext.bytes = kms::seal_blob(*destination, in->destination_context, opened.plaintext,
                                          call.services.kms->random());
    CO_TRY_OK(co_await used(call, source, opened.material));
    if (destination->account != source->account)
      CO_TRY_OK(co_await used(call, destination, destination->current().id));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, ReEncrypt);

}  // namespace coffer::api
