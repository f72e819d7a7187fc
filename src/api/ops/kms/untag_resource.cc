// UntagResource removes tags from a key.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_UntagResource.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct UntagResource {
  struct Input {
    std::string key_id;
    std::vector<std::string> names;
  };
  using Output = Nothing;
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "UntagResource"};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::names>("TagKeys", {.required = true, .min = 0, .max = 200}));
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    std::vector<Demand> out{demand_on(call, target, "UntagResource")};
    if (!in.names.empty()) out[0].conditions.set("aws:TagKeys", in.names);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    if (target.key) note_resource(call, *target.key);
    auto edit = [names = in->names](Key& k) { return kms::remove_tags(k, names); };
    CO_TRY_OK(co_await call.services.kms->change(std::move(target), edit, &call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, UntagResource);

}  // namespace coffer::api
