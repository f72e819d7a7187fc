#include "api/ops/cloudtrail/trails.h"

#include <nlohmann/json.hpp>

#include "base/arn.h"
#include "kms/key_service.h"
#include "s3/s3.h"

namespace coffer::api::cloudtrail_ops {
namespace {

constexpr std::string_view kService = "cloudtrail.amazonaws.com";
constexpr size_t kPrefixMax = 200;
constexpr size_t kTagsMax = 50;

// service_context is CloudTrail asking on behalf of the trail.
authz::RequestContext service_context(const Call& call, const audit::TrailConfig& config) {
  authz::RequestContext out;
  out.principal = authz::Principal::service(std::string(kService));
  out.region = call.caller.region;
  out.request_id = call.caller.request_id;
  out.source_ip = out.user_agent = kService;
  out.now_ms = call.caller.now_ms;
  out.secure_transport = true;
  out.conditions.set("aws:SourceArn", config.arn());
  out.conditions.set("aws:SourceAccount", config.account);
  return out;
}

Status check_bucket(const Call& call, const audit::TrailConfig& config) {
  const auto bucket = call.services.s3->buckets().find(config.bucket);
  if (!bucket)
    return Error{"S3BucketDoesNotExistException",
                 fmt::format("S3 bucket {} does not exist!", config.bucket)};
  const authz::RequestContext service = service_context(call, config);
  authz::Demand acl{.action = "s3:GetBucketAcl",
                    .resource = bucket->value.arn(),
                    .resource_account = bucket->value.owner,
                    .rule = authz::ResourceRule::kBucketPolicy};
  acl.resource_policy = bucket->value.policy;
  authz::Demand put = acl;
  put.action = "s3:PutObject";
  put.resource = fmt::format("{}/{}{}AWSLogs/{}/CloudTrail/", acl.resource, config.prefix,
                             config.prefix.empty() ? "" : "/", config.account);
  put.conditions.set("s3:x-amz-acl", std::string("bucket-owner-full-control"));
  if (bucket->value.kind == s3::BucketKind::kGeneralPurpose &&
      authz::decide(service, acl).allowed && authz::decide(service, put).allowed)
    return ok_status();
  return Error{"InsufficientS3BucketPolicyException",
               fmt::format("Incorrect S3 bucket policy is detected for bucket: {}", config.bucket)};
}

Error key_error(const Error& error, const audit::TrailConfig& config) {
  if (error.code == "NotFoundException" || error.code == "InvalidArnException")
    return Error{"KmsKeyNotFoundException",
                 fmt::format("KMS key {} cannot be found.", config.kms_key)};
  if (error.code == "DisabledException" || error.code == "KMSInvalidStateException")
    return Error{"KmsKeyDisabledException", fmt::format("KMS key {} is disabled.", config.kms_key)};
  if (error.code == "ServiceUnavailable" || error.code == "InternalError")
    return Error{error.code, error.message};
  return Error{"InsufficientEncryptionPolicyException",
               fmt::format("Insufficient permissions to access S3 bucket {} or KMS key {}.",
                           config.bucket, config.kms_key)};
}

Error unsupported(std::string_view what) {
  return Error{"UnsupportedOperationException", fmt::format("{} is not supported.", what)};
}

}  // namespace

Status check_tags(const std::map<std::string, std::string>& tags) {
  if (tags.size() > kTagsMax)
    return Error{"TagsLimitExceededException",
                 "The number of tags per trail has exceeded the permitted amount, 50."};
  for (const auto& [key, value] : tags)
    if (key.starts_with("aws:"))
      return Error{"InvalidTagParameterException",
                   "Tag keys beginning with aws: are reserved for system use."};
  return ok_status();
}

std::map<std::string, std::string> tags_of(const std::vector<TagEntity>& tags) {
  std::map<std::string, std::string> out;
  for (const TagEntity& tag : tags) out[tag.key] = tag.value.value_or("");
  return out;
}

std::string arn_of(const Call& call, const std::string& name_or_arn) {
  if (name_or_arn.starts_with("arn:")) return name_or_arn;
  return audit::TrailConfig{
      .account = call.caller.principal.account, .region = call.services.region, .name = name_or_arn}
      .arn();
}

Result<std::string> name_of(const Call& call, const std::string& name_or_arn) {
  std::string name = name_or_arn;
  if (name.starts_with("arn:")) {
    auto arn = Arn::parse(name);
    constexpr std::string_view kTrail = "trail/";
    if (!arn || arn->service != "cloudtrail" || !arn->resource.starts_with(kTrail))
      return Error{"CloudTrailARNInvalidException", "The specified value is not a valid ARN."};
    name = arn->resource.substr(kTrail.size());
    if (arn_of(call, name) != name_or_arn)
      return audit::trail_not_found(call.caller.principal.account, name_or_arn);
  }
  TRY_OK(audit::check_trail_name(name));
  return name;
}

Result<TrailPtr> trail_named(const Call& call, const std::string& name_or_arn) {
  TRY(const std::string name, name_of(call, name_or_arn));
  const std::string& account = call.caller.principal.account;
  TrailPtr out = call.services.trails->find(account, name);
  if (!out) return audit::trail_not_found(account, name_or_arn);
  return out;
}

void note_settings(Call& call, const Settings& s) {
  note(call, "s3KeyPrefix", s.prefix);
  note(call, "snsTopicName", s.sns_topic);
  note_flag(call, "includeGlobalServiceEvents", s.global_events);
  note_flag(call, "isMultiRegionTrail", s.multi_region);
  note_flag(call, "enableLogFileValidation", s.validation);
  note(call, "cloudWatchLogsLogGroupArn", s.log_group);
  note(call, "cloudWatchLogsRoleArn", s.log_role);
  note(call, "kmsKeyId", s.kms_key);
  note_flag(call, "isOrganizationTrail", s.organization);
}

Status check_settings(const Settings& s) {
  if (s.sns_topic && !s.sns_topic->empty()) return unsupported("Notification by Amazon SNS");
  if ((s.log_group && !s.log_group->empty()) || (s.log_role && !s.log_role->empty()))
    return unsupported("Delivery to CloudWatch Logs");
  if (s.organization.value_or(false)) return unsupported("A trail of a whole organization");
  if (s.prefix && s.prefix->size() > kPrefixMax)
    return Error{"InvalidS3PrefixException", "S3 prefix is longer than 200 characters."};
  if (s.prefix && (s.prefix->starts_with('/') || s.prefix->ends_with('/')))
    return Error{"InvalidS3PrefixException", "S3 prefix must not begin or end with a slash."};
  return ok_status();
}

Result<std::string> resolved_key(const Call& call, const std::string& identifier) {
  if (identifier.empty()) return std::string();
  const auto target = call.services.kms->find(call.caller, identifier, kms::Names::kKeysAndAliases);
  // What is missing in the caller's own account is told; another account's key is tried.
  if (!target.ok() || target->missing)
    return Error{"KmsKeyNotFoundException", fmt::format("KMS key {} cannot be found.", identifier)};
  return target->arn;
}

Status apply(const Settings& s, audit::TrailConfig& config) {
  if (s.prefix) config.prefix = *s.prefix;
  config.global_events = s.global_events.value_or(config.global_events);
  config.multi_region = s.multi_region.value_or(config.multi_region);
  config.validation = s.validation.value_or(config.validation);
  if (config.multi_region && !config.global_events)
    return Error{"InvalidParameterCombinationException",
                 "Multi-Region trail must include global service events."};
  return ok_status();
}

Task<Status> check_targets(Call& call, audit::TrailConfig config) {
  CO_TRY_OK(check_bucket(call, config));
  if (config.kms_key.empty()) co_return ok_status();
  const authz::RequestContext service = service_context(call, config);
  auto tried = co_await call.services.kms->generate_data_key(
      service, config.kms_key, {{"aws:cloudtrail:arn", config.arn()}});
  if (!tried.ok()) co_return key_error(tried.error(), config);
  co_return ok_status();
}

TrailSummary summary_of(const audit::Trail& trail) {
  const audit::TrailConfig& c = trail.config;
  TrailSummary out{.name = c.name, .bucket = c.bucket, .arn = c.arn()};
  if (!c.prefix.empty()) out.prefix = c.prefix;
  if (!c.kms_key.empty()) out.kms_key = c.kms_key;
  out.global_events = c.global_events;
  out.multi_region = c.multi_region;
  out.validation = c.validation;
  return out;
}

void note_summary(Call& call, const TrailSummary& s) {
  auto& response = call.draft.event.response;
  const auto flag = [&](std::string name, bool value) {
    response.push_back({std::move(name), value ? "true" : "false", true});
  };
  response.push_back({"name", s.name});
  response.push_back({"s3BucketName", s.bucket});
  if (s.prefix) response.push_back({"s3KeyPrefix", *s.prefix});
  flag("includeGlobalServiceEvents", s.global_events);
  flag("isMultiRegionTrail", s.multi_region);
  response.push_back({"trailARN", s.arn});
  flag("logFileValidationEnabled", s.validation);
  if (s.kms_key) response.push_back({"kmsKeyId", *s.kms_key});
  flag("isOrganizationTrail", s.organization);
}

TrailEntity entity_of(const audit::Trail& trail) {
  const audit::Selectors& selectors = trail.config.selectors;
  return {.summary = summary_of(trail),
          .home_region = trail.config.region,
          .custom_selectors = !selectors.basic.empty() || !selectors.advanced.empty()};
}

}  // namespace coffer::api::cloudtrail_ops
