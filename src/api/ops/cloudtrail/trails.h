#pragma once
// What the operations on trails share: how a trail is named, configured, checked and shown.
// Source: CloudTrail API Reference, Trail, CreateTrail, UpdateTrail.
#include "api/ops/cloudtrail/cloudtrail.h"
#include "audit/trails.h"

namespace coffer::api::cloudtrail_ops {

using audit::TrailPtr;

struct TagEntity {
  std::string key;
  std::optional<std::string> value;
  static constexpr auto shape() {
    return fields(body<&TagEntity::key>("Key", {.min = 1, .max = 128}),
                  body<&TagEntity::value>("Value", {.min = 0, .max = 256}));
  }
};
Status check_tags(const std::map<std::string, std::string>& tags);
std::map<std::string, std::string> tags_of(const std::vector<TagEntity>& tags);

// TrailName is the input of operations on one trail: its name or ARN.
struct TrailName {
  std::string name;
  static constexpr auto shape() { return fields(body<&TrailName::name>("Name")); }
};
// name_of answers the trail's name. Errors: InvalidTrailNameException,
// CloudTrailARNInvalidException, TrailNotFoundException where the ARN is another account's or
// Region's.
Result<std::string> name_of(const Call& call, const std::string& name_or_arn);
// arn_of is what the caller must be allowed to use, whether or not there is such a trail.
std::string arn_of(const Call& call, const std::string& name_or_arn);
// trail_named answers the trail. Error: TrailNotFoundException.
Result<TrailPtr> trail_named(const Call& call, const std::string& name_or_arn);

// Settings are what CreateTrail and UpdateTrail have in common.
struct Settings {
  std::optional<std::string> prefix, sns_topic, log_group, log_role, kms_key;
  std::optional<bool> global_events, multi_region, validation, organization;
  static constexpr auto shape() {
    using S = Settings;
    return fields(body<&S::prefix>("S3KeyPrefix"), body<&S::sns_topic>("SnsTopicName"),
                  body<&S::global_events>("IncludeGlobalServiceEvents"),
                  body<&S::multi_region>("IsMultiRegionTrail"),
                  body<&S::validation>("EnableLogFileValidation"),
                  body<&S::log_group>("CloudWatchLogsLogGroupArn"),
                  body<&S::log_role>("CloudWatchLogsRoleArn"), body<&S::kms_key>("KmsKeyId"),
                  body<&S::organization>("IsOrganizationTrail"));
  }
};
void note_settings(Call& call, const Settings& settings);
// check_settings reports what the request alone makes impossible.
Status check_settings(const Settings& settings);
// apply puts what was sent into the configuration. Error: InvalidParameterCombinationException.
Status apply(const Settings& settings, audit::TrailConfig& config);
// check_targets holds the bucket and the key to what delivery needs, as CloudTrail itself would
// ask. Errors: S3BucketDoesNotExistException, InsufficientS3BucketPolicyException,
// KmsKeyNotFoundException, KmsKeyDisabledException, InsufficientEncryptionPolicyException.
Task<Status> check_targets(Call& call, audit::TrailConfig config);
// resolved_key is the ARN of the key that was named; empty: none was. Error:
// KmsKeyNotFoundException.
Result<std::string> resolved_key(const Call& call, const std::string& identifier);

// TrailSummary is the answer of CreateTrail and UpdateTrail.
struct TrailSummary {
  std::string name, bucket, arn;
  std::optional<std::string> prefix, kms_key;
  bool global_events = true, multi_region = false, validation = false, organization = false;
  static constexpr auto shape() {
    using T = TrailSummary;
    return fields(body<&T::name>("Name"), body<&T::bucket>("S3BucketName"),
                  body<&T::prefix>("S3KeyPrefix"),
                  body<&T::global_events>("IncludeGlobalServiceEvents"),
                  body<&T::multi_region>("IsMultiRegionTrail"), body<&T::arn>("TrailARN"),
                  body<&T::validation>("LogFileValidationEnabled"), body<&T::kms_key>("KmsKeyId"),
                  body<&T::organization>("IsOrganizationTrail"));
  }
};
TrailSummary summary_of(const audit::Trail& trail);
void note_summary(Call& call, const TrailSummary& summary);

// TrailEntity is a trail as GetTrail and DescribeTrails show it.
struct TrailEntity {
  TrailSummary summary;
  std::string home_region;
  bool custom_selectors = false, insight_selectors = false;
  static constexpr auto shape() {
    using T = TrailEntity;
    return fields(group<&T::summary>(), body<&T::home_region>("HomeRegion"),
                  body<&T::custom_selectors>("HasCustomEventSelectors"),
                  body<&T::insight_selectors>("HasInsightSelectors"));
  }
};
TrailEntity entity_of(const audit::Trail& trail);

}  // namespace coffer::api::cloudtrail_ops
