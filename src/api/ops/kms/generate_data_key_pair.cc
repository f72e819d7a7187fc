// GenerateDataKeyPair answers a new key pair: its private key in clear and encrypted under a KMS
// key. Source: docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html
#include "api/ops/kms/data_key_pair.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct GenerateDataKeyPair {
  struct Input {
    DataKeyPairRequest request;
    std::optional<Recipient> recipient;
  };
  struct Output {
    SealedKeyPair sealed;
    Secret plaintext;
  };
  using Facts = Target;

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "GenerateDataKeyPair", .read_only = true};
  static constexpr auto input =
      fields(group<&Input::request>(), body<&Input::recipient>("Recipient"));
  static constexpr auto output =
      fields(group<&Output::sealed>(), body<&Output::plaintext>("PrivateKeyPlaintext"));

  static Status validate(const Input& in, Call& call) { return check_recipient(in.recipient); }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return data_key_pair_facts(call, in.request);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {data_key_pair_demand(call, target, in.request, spec.name)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto made, co_await make_data_key_pair(call, std::move(target), in->request, spec.name));
    co_return Output{std::move(made.sealed), std::move(made.plaintext)};
  }
};

}  // namespace

COFFER_OPERATION(kms, GenerateDataKeyPair);

}  // namespace coffer::api
