// GetObjectLockConfiguration and PutObjectLockConfiguration: Object Lock of a bucket, which never
// ends, and what keeps new objects by default. Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html and its like.
#include "api/ops/s3/configurations.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

constexpr int64_t kDaysMax = 36500, kYearsMax = 100;

struct DefaultRetention {
  std::optional<std::string> mode;
  std::optional<int64_t> days, years;
  static constexpr auto shape() {
    using D = DefaultRetention;
    return fields(body<&D::mode>("Mode", {.values = "GOVERNANCE|COMPLIANCE"}),
                  body<&D::days>("Days"), body<&D::years>("Years"));
  }
};
struct Rule {
  std::optional<DefaultRetention> retention;
  static constexpr auto shape() { return fields(body<&Rule::retention>("DefaultRetention")); }
};
struct Configuration {
  std::optional<std::string> enabled;
  std::optional<Rule> rule;
  static constexpr auto shape() {
    return fields(body<&Configuration::enabled>("ObjectLockEnabled", {.values = "Enabled"}),
                  body<&Configuration::rule>("Rule"));
  }
};

struct GetObjectLockConfiguration : OnBucket<GetObjectLockConfiguration> {
  struct Output {
    Configuration configuration;
  };
  static constexpr std::string_view kAction = "s3:GetBucketObjectLockConfiguration";
  static constexpr OpSpec spec =
      bucket_read("GetObjectLockConfiguration", "object-lock", "ObjectLockConfiguration");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields(payload<&Output::configuration>("ObjectLockConfiguration"));
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call&) {
    const s3::Configurations& c = s3::configurations(bucket->value);
    if (!c.object_lock)
      co_return Error{"ObjectLockConfigurationNotFoundError",
                      "Object Lock configuration does not exist for this bucket"}
          .with("BucketName", in->bucket);
    Output out{{"Enabled", std::nullopt}};
    if (!c.default_retention) co_return out;
    const s3::DefaultRetention& d = *c.default_retention;
    DefaultRetention shown{.mode = std::string(s3::lock_mode_name(d.mode))};
    if (d.years > 0)
      shown.years = d.years;
    else
      shown.days = d.days;
    out.configuration.rule = Rule{shown};
    co_return out;
  }
};

struct LockRequest {
  BucketName at;
  std::optional<std::string> token;
  Configuration configuration;
};

struct PutObjectLockConfiguration : OnBucket<PutObjectLockConfiguration, LockRequest> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutBucketObjectLockConfiguration";
  static constexpr OpSpec spec = bucket_put("PutObjectLockConfiguration", "object-lock");
  static constexpr auto input =
      fields(group<&Input::at>(), header<&Input::token>("x-amz-bucket-object-lock-token"),
             payload<&Input::configuration>("ObjectLockConfiguration"));
  static constexpr auto output = fields();

  static Status validate(const Input& in, const Call&) {
    const Configuration& c = in.configuration;
    if (!c.enabled) return s3::malformed_xml();
    if (!c.rule) return ok_status();
    const auto& d = c.rule->retention;
    if (!d || !d->mode || d->days.has_value() == d->years.has_value()) return s3::malformed_xml();
    if (d->days.value_or(1) <= 0 || d->years.value_or(1) <= 0)
      return Error{"InvalidArgument", "Default retention period must be a positive integer value."};
    if (d->days.value_or(1) > kDaysMax || d->years.value_or(1) > kYearsMax)
      return Error{"InvalidArgument", "Default retention period too large"};
    return ok_status();
  }
  static std::optional<s3::DefaultRetention> retention_of(const Configuration& c) {
    if (!c.rule) return std::nullopt;
    const DefaultRetention& d = *c.rule->retention;
    return s3::DefaultRetention{.mode = *s3::parse_lock_mode(*d.mode),
                                .days = static_cast<uint32_t>(d.days.value_or(0)),
                                .years = static_cast<uint32_t>(d.years.value_or(0))};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    const auto retention = retention_of(in->configuration);
    const auto edit = [&](Bucket& changed) -> Status {
      if (changed.versioning != s3::Versioning::kEnabled)
        return Error{"InvalidBucketState",
                     "Versioning must be 'Enabled' on the bucket to apply a Object Lock "
                     "configuration"};
      s3::configure(changed, [&](s3::Configurations& c) {
        c.object_lock = true;
        c.default_retention = retention;
      });
      return ok_status();
    };
    CO_TRY_OK(co_await call.services.s3->buckets().change(in->at.bucket, bucket->value.instance,
                                                          edit, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, GetObjectLockConfiguration);
COFFER_OPERATION(s3, PutObjectLockConfiguration);

}  // namespace coffer::api
