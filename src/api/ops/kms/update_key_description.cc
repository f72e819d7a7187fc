// UpdateKeyDescription replaces the description of a key.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_UpdateKeyDescription.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct UpdateKeyDescription {
  struct Input {
    std::string key_id, description;
  };
  using Output = Nothing;
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "UpdateKeyDescription"};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::description>("Description", {.min = 0, .max = 8192}));
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note(call, "description", in.description);
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "UpdateKeyDescription")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    if (target.key) note_resource(call, *target.key);
    auto edit = [text = in->description](Key& k) { return kms::set_description(k, text); };
    CO_TRY_OK(co_await call.services.kms->change(std::move(target), edit, &call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, UpdateKeyDescription);

}  // namespace coffer::api
