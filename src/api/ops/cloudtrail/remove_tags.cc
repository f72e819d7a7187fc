// RemoveTags takes tags off a trail, by key.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RemoveTags.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct RemoveTags {
  struct Input {
    std::string resource_id;
    std::vector<TagEntity> tags;
  };
  using Output = Nothing;

  static constexpr OpSpec spec{.service = Service::kCloudTrail, .name = "RemoveTags"};
  static constexpr auto input =
      fields(body<&Input::resource_id>("ResourceId"),
             body<&Input::tags>("TagsList", {.required = true, .max = 200}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "resourceId", in.resource_id);
    TRY_OK(name_of(call, in.resource_id));
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "RemoveTags", arn_of(call, in.resource_id));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(const TrailPtr trail, trail_named(call, in->resource_id));
    auto edit = [&](audit::Trail& fresh) {
      for (const TagEntity& tag : in->tags) fresh.config.tags.erase(tag.key);
      return ok_status();
    };
    CO_TRY_OK(co_await call.services.trails->change(trail->config.account, trail->config.name, edit,
                                                    &call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, RemoveTags);

}  // namespace coffer::api
