// GenerateDataKeyWithoutPlaintext answers a new random key encrypted under a KMS key, for later
// use. Source: docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyWithoutPlaintext.html
#include "api/ops/kms/data_key.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct GenerateDataKeyWithoutPlaintext {
  using Input = DataKeyRequest;
  struct Output {
    Blob ciphertext;
    std::string key_arn, material_id;
  };
  using Facts = Target;

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "GenerateDataKeyWithoutPlaintext", .read_only = true};
  static constexpr auto input = DataKeyRequest::shape();
  static constexpr auto output =
      fields(body<&Output::ciphertext>("CiphertextBlob"), body<&Output::key_arn>("KeyId"),
             body<&Output::material_id>("KeyMaterialId"));

  static Status validate(const Input& in, Call& call) { return check_data_key(in); }
  static Task<Result<Facts>> facts(const Input& in, Call& call) { return data_key_facts(call, in); }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "GenerateDataKeyWithoutPlaintext", &in.context)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto made, co_await make_data_key(call, std::move(target), *in, spec.name));
    co_return Output{
        {std::move(made.ciphertext)}, made.key->arn(), material_hex(made.key->current().id)};
  }
};

}  // namespace

COFFER_OPERATION(kms, GenerateDataKeyWithoutPlaintext);

}  // namespace coffer::api
