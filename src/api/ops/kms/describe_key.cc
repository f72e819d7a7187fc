// DescribeKey answers what is public about a key. An aws/s3 key that is not made yet is made.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct DescribeKey {
  struct Input {
    std::string key_id;
    std::vector<std::string> grant_tokens;
  };
  struct Output {
    KeyMetadata metadata;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "DescribeKey", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::grant_tokens>("GrantTokens", {.min = 0, .max = 10}));
  static constexpr auto output = fields(body<&Output::metadata>("KeyMetadata"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id, Names::kKeysAndAliases);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "DescribeKey")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY_OK(check_grant_tokens(call, in->grant_tokens));
    CO_TRY(KeyPtr key, co_await call.services.kms->made(std::move(target)));
    note_resource(call, *key);
    co_return Output{metadata_of(*key)};
  }
};

}  // namespace

COFFER_OPERATION(kms, DescribeKey);

}  // namespace coffer::api
