// GenerateDataKeyPairWithoutPlaintext answers a new key pair, its private key only encrypted under
// a KMS key. Source:
// docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPairWithoutPlaintext.html
#include "api/ops/kms/data_key_pair.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct GenerateDataKeyPairWithoutPlaintext {
  using Input = DataKeyPairRequest;
  using Output = SealedKeyPair;
  using Facts = Target;

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "GenerateDataKeyPairWithoutPlaintext", .read_only = true};
  static constexpr auto input = DataKeyPairRequest::shape();
  static constexpr auto output = SealedKeyPair::shape();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return data_key_pair_facts(call, in);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {data_key_pair_demand(call, target, in, spec.name)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto made, co_await make_data_key_pair(call, std::move(target), *in, spec.name));
    co_return std::move(made.sealed);
  }
};

}  // namespace

COFFER_OPERATION(kms, GenerateDataKeyPairWithoutPlaintext);

}  // namespace coffer::api
