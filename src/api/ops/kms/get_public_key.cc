// GetPublicKey answers the public half of a key pair, for use outside of the service.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html
#include "api/ops/kms/keys.h"
#include "kms/asymmetric.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct GetPublicKey {
  struct Input {
    std::string key_id;
    std::vector<std::string> grant_tokens;
  };
  struct Output {
    std::string key_arn, spec, legacy_spec, usage;
    Blob public_key;
    Algorithms algorithms;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "GetPublicKey", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::grant_tokens>("GrantTokens", {.min = 0, .max = 10}));
  static constexpr auto output =
      fields(body<&Output::key_arn>("KeyId"), body<&Output::public_key>("PublicKey"),
             body<&Output::legacy_spec>("CustomerMasterKeySpec"), body<&Output::spec>("KeySpec"),
             body<&Output::usage>("KeyUsage"), group<&Output::algorithms>());

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id, Names::kKeysAndAliases);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "GetPublicKey")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(check_grant_tokens(call, in->grant_tokens));
    CO_TRY(KeyPtr key, co_await key_for_use(call, std::move(target), {}));
    if (kms::family_of(key->spec) != kms::Family::kKeyPair)
      co_return Error{"UnsupportedOperationException", ""};  // (unverified that it has no message)
    Output out{key->arn(), key->spec, key->spec, key->usage};
    out.public_key.bytes =
        co_await offload(call.services.kms->pool(), [&] { return kms::public_key(*key); });
    out.algorithms = algorithm_lists(*key);
    CO_TRY_OK(co_await used(call, key));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, GetPublicKey);

}  // namespace coffer::api
