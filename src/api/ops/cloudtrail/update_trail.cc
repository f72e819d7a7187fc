// UpdateTrail changes what was sent of a trail; a trail that is logging goes on.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct UpdateTrail {
  struct Input {
    std::string name;
    std::optional<std::string> bucket;
    Settings settings;
  };
  using Output = TrailSummary;

  static constexpr OpSpec spec{.service = Service::kCloudTrail, .name = "UpdateTrail"};
  static constexpr auto input = fields(
      body<&Input::name>("Name"), body<&Input::bucket>("S3BucketName"), group<&Input::settings>());
  static constexpr auto output = TrailSummary::shape();

  static Status validate(const Input& in, Call& call) {
    note(call, "name", in.name);
    note(call, "s3BucketName", in.bucket);
    note_settings(call, in.settings);
    TRY_OK(name_of(call, in.name));
    return check_settings(in.settings);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "UpdateTrail", arn_of(call, in.name));
  }
  static Status change(const Input& in, const Call& call, audit::TrailConfig& config) {
    if (in.bucket) config.bucket = *in.bucket;
    if (in.settings.kms_key) {
      TRY(config.kms_key, resolved_key(call, *in.settings.kms_key));
    }
    return apply(in.settings, config);
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(const TrailPtr before, trail_named(call, in->name));
    audit::TrailConfig config = before->config;
    CO_TRY_OK(change(*in, call, config));
    CO_TRY_OK(co_await check_targets(call, config));
    const UnixMs now = call.caller.now_ms / 1000 * 1000;
    auto edit = [&](audit::Trail& trail) -> Status {
      const bool validated = trail.config.validation;
      TRY_OK(change(*in, call, trail.config));
      if (validated == trail.config.validation) return ok_status();
      // Without digests there is nothing for a chain to go on from.
      trail.state.pending.clear();
      trail.state.previous.reset();
      trail.state.digest_from_ms = std::max(now, trail.state.digest_from_ms);
      return ok_status();
    };
    CO_TRY(const TrailPtr after,
           co_await call.services.trails->change(config.account, config.name, edit, &call.draft));
    Output out = summary_of(*after);
    note_summary(call, out);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, UpdateTrail);

}  // namespace coffer::api
