// ListKeyPolicies lists the names of a key's policies: there is one, "default".
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyPolicies.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct ListKeyPolicies {
  struct Input {
    std::string key_id;
    std::optional<int64_t> limit;
    std::optional<std::string> marker;
  };
  struct Output {
    std::vector<std::string> names;
    bool truncated = false;
  };
  using Facts = Target;

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "ListKeyPolicies", .read_only = true};
  static constexpr auto input = fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
                                       body<&Input::limit>("Limit", {.min = 1, .max = 1000}),
                                       body<&Input::marker>("Marker", {.min = 1, .max = 1024}));
  static constexpr auto output =
      fields(body<&Output::names>("PolicyNames"), body<&Output::truncated>("Truncated"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "ListKeyPolicies")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(KeyPtr key, co_await call.services.kms->made(std::move(target)));
    note_resource(call, *key);
    co_return Output{.names = {"default"}};
  }
};

}  // namespace

COFFER_OPERATION(kms, ListKeyPolicies);

}  // namespace coffer::api
