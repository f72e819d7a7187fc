// CreateTrail makes a trail, which delivers nothing until StartLogging.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct CreateTrail {
  struct Input {
    std::string name, bucket;
    Settings settings;
    std::vector<TagEntity> tags;
  };
  using Output = TrailSummary;

  static constexpr OpSpec spec{.service = Service::kCloudTrail, .name = "CreateTrail"};
  static constexpr auto input =
      fields(body<&Input::name>("Name"), body<&Input::bucket>("S3BucketName"),
             group<&Input::settings>(), body<&Input::tags>("TagsList", {.max = 200}));
  static constexpr auto output = TrailSummary::shape();

  static Status validate(const Input& in, Call& call) {
    note(call, "name", in.name);
    note(call, "s3BucketName", in.bucket);
    note_settings(call, in.settings);
    TRY_OK(audit::check_trail_name(in.name));
    TRY_OK(check_settings(in.settings));
    return check_tags(tags_of(in.tags));
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "CreateTrail", arn_of(call, in.name));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    audit::TrailConfig config{.account = call.caller.principal.account,
                              .region = call.services.region,
                              .name = in->name,
                              .bucket = in->bucket};
    CO_TRY_OK(apply(in->settings, config));
    CO_TRY(config.kms_key, resolved_key(call, in->settings.kms_key.value_or("")));
    config.tags = tags_of(in->tags);
    CO_TRY_OK(co_await check_targets(call, config));
    CO_TRY(const TrailPtr made,
           co_await call.services.trails->create(std::move(config), call.draft));
    Output out = summary_of(*made);
    note_summary(call, out);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, CreateTrail);

}  // namespace coffer::api
