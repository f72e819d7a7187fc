// TagResource adds tags to a key, or replaces their values.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct TagResource {
  struct Input {
    std::string key_id;
    std::vector<TagEntity> tags;
  };
  using Output = Nothing;
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "TagResource"};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::tags>("Tags", {.required = true, .min = 0, .max = 200}));
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note_tags(call, in.tags);
    CO_TRY_OK(check_tags(in.tags));
    co_return co_await key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    std::vector<Demand> out{demand_on(call, target, "TagResource")};
    kms::set_tag_conditions(out[0], tags_of(in.tags));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    if (target.key) note_resource(call, *target.key);
    auto edit = [tags = tags_of(in->tags)](Key& k) { return kms::add_tags(k, tags); };
    CO_TRY_OK(co_await call.services.kms->change(std::move(target), edit, &call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, TagResource);

}  // namespace coffer::api
