// GenerateDataKey answers a new random key, in clear and encrypted under a KMS key.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
#include "api/ops/kms/data_key.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct GenerateDataKey {
  struct Input {
    DataKeyRequest request;
    std::optional<Recipient> recipient;
  };
  struct Output {
    Blob ciphertext;
    Secret plaintext;
    std::string key_arn, material_id;
  };
  using Facts = Target;

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "GenerateDataKey", .read_only = true};
  static constexpr auto input =
      fields(group<&Input::request>(), body<&Input::recipient>("Recipient"));
  static constexpr auto output =
      fields(body<&Output::ciphertext>("CiphertextBlob"), body<&Output::plaintext>("Plaintext"),
             body<&Output::key_arn>("KeyId"), body<&Output::material_id>("KeyMaterialId"));

  static Status validate(const Input& in, Call& call) {
    TRY_OK(check_recipient(in.recipient));
    return check_data_key(in.request);
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return data_key_facts(call, in.request);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "GenerateDataKey", &in.request.context)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto made, co_await make_data_key(call, std::move(target), in->request, spec.name));
    co_return Output{.ciphertext = {std::move(made.ciphertext)},
                     .plaintext = std::move(made.plaintext),
                     .key_arn = made.key->arn(),
                     .material_id = material_hex(made.key->current().id)};
  }
};

}  // namespace

COFFER_OPERATION(kms, GenerateDataKey);

}  // namespace coffer::api
