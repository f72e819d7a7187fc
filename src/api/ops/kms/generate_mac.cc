// GenerateMac answers the HMAC of a message under an HMAC key.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html
#include "api/ops/kms/macs.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct GenerateMac {
  struct Input {
    MacRequest request;
  };
  struct Output {
    Blob mac;
    std::string algorithm, key_arn;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "GenerateMac", .read_only = true};
  static constexpr auto input = fields(group<&Input::request>());
  static constexpr auto output =
      fields(body<&Output::mac>("Mac"), body<&Output::algorithm>("MacAlgorithm"),
             body<&Output::key_arn>("KeyId"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return mac_facts(call, in.request);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {mac_demand(call, target, in.request, spec.name)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    const MacRequest& request = in->request;
    CO_TRY(KeyPtr key, co_await mac_key(call, std::move(target), request, spec.name));
    if (request.dry_run.value_or(false)) co_return dry_run_succeeded();
    Output out{.algorithm = request.algorithm, .key_arn = key->arn()};
    out.mac.bytes = kms::generate_mac(*key, request.algorithm, request.message);
    CO_TRY_OK(co_await used(call, key));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, GenerateMac);

}  // namespace coffer::api
