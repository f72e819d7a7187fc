// GetBucketLifecycleConfiguration, PutBucketLifecycleConfiguration and DeleteBucketLifecycle: what
// is to go when (s3/lifecycle/ does it). There is one tier: transitions are refused. Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html and its like.
#include <set>

#include "api/ops/s3/configurations.h"
#include "api/ops/s3/tagging.h"
#include "base/encoding.h"

namespace coffer::api {
namespace {

using namespace s3_ops;
using Form = s3::LifecycleRule::Form;

constexpr size_t kRulesMax = 1000, kIdMax = 255;
constexpr int64_t kDaysMax = INT32_MAX;
constexpr UnixMs kDayMs = 24 * 3600 * 1000;
constexpr std::string_view kMinimumSize = "all_storage_classes_128K";

struct Expiration {
  std::optional<Timestamp> date;
  std::optional<int64_t> days;
  std::optional<bool> expired_delete_marker;
  static constexpr auto shape() {
    using E = Expiration;
    return fields(body<&E::date>("Date"), body<&E::days>("Days"),
                  body<&E::expired_delete_marker>("ExpiredObjectDeleteMarker"));
  }
};
struct And {
  std::optional<std::string> prefix;
  std::vector<Tag> tags;
  std::optional<int64_t> above, below;
  static constexpr auto shape() {
    return fields(body<&And::prefix>("Prefix"), body<&And::tags>("Tag", {.flattened = true}),
                  body<&And::above>("ObjectSizeGreaterThan", {.min = 0}),
                  body<&And::below>("ObjectSizeLessThan", {.min = 1}));
  }
};
struct Filter {
  std::optional<std::string> prefix;
  std::optional<Tag> tag;
  std::optional<int64_t> above, below;
  std::optional<And> all;
  static constexpr auto shape() {
    return fields(body<&Filter::prefix>("Prefix"), body<&Filter::tag>("Tag"),
                  body<&Filter::above>("ObjectSizeGreaterThan", {.min = 0}),
                  body<&Filter::below>("ObjectSizeLessThan", {.min = 1}),
                  body<&Filter::all>("And"));
  }
  int conditions() const {
    return prefix.has_value() + tag.has_value() + above.has_value() + below.has_value() +
           all.has_value();
  }
};
struct Transition {
  std::optional<std::string> storage_class;
  static constexpr auto shape() { return fields(body<&Transition::storage_class>("StorageClass")); }
};
struct NoncurrentExpiration {
  std::optional<int64_t> days, kept;
  static constexpr auto shape() {
    return fields(body<&NoncurrentExpiration::days>("NoncurrentDays"),
                  body<&NoncurrentExpiration::kept>("NewerNoncurrentVersions"));
  }
};
struct AbortUpload {
  std::optional<int64_t> days;
  static constexpr auto shape() { return fields(body<&AbortUpload::days>("DaysAfterInitiation")); }
};
struct Rule {
  std::optional<Expiration> expiration;
  std::optional<std::string> id, prefix;
  std::optional<Filter> filter;
  std::string status;
  std::vector<Transition> transitions, noncurrent_transitions;
  std::optional<NoncurrentExpiration> noncurrent;
  std::optional<AbortUpload> abort;
  static constexpr auto shape() {
    using R = Rule;
    return fields(
        body<&R::expiration>("Expiration"), body<&R::id>("ID"), body<&R::prefix>("Prefix"),
        body<&R::filter>("Filter"), body<&R::status>("Status", {.values = "Enabled|Disabled"}),
        body<&R::transitions>("Transition", {.flattened = true}),
        body<&R::noncurrent_transitions>("NoncurrentVersionTransition", {.flattened = true}),
        body<&R::noncurrent>("NoncurrentVersionExpiration"),
        body<&R::abort>("AbortIncompleteMultipartUpload"));
  }
};
struct Configuration {
  std::vector<Rule> rules;
  static constexpr auto shape() {
    return fields(body<&Configuration::rules>("Rule", {.required = true, .flattened = true}));
  }
};

Error invalid_argument(std::string message) { return {"InvalidArgument", std::move(message)}; }
Error invalid_request(std::string message) { return {"InvalidRequest", std::move(message)}; }

Result<uint32_t> positive(int64_t number, std::string_view what) {
  if (number < 1 || number > kDaysMax)
    return invalid_argument(fmt::format("{} must be a positive integer", what));
  return static_cast<uint32_t>(number);
}

Result<s3::LifecycleFilter> filter_of(const Filter& sent) {
  s3::LifecycleFilter out;
  const auto take = [&](const std::optional<std::string>& prefix, std::vector<Tag> tags,
                        std::optional<int64_t> above, std::optional<int64_t> below) -> Status {
    out.prefix = prefix.value_or("");
    TRY(out.tags, tags_of(tags, s3::kBucketTagsMax));
    if (above) out.bytes_above = static_cast<uint64_t>(*above);
    if (below) out.bytes_below = static_cast<uint64_t>(*below);
    if (above && below && *above >= *below)
      return invalid_request("'ObjectSizeLessThan' must be greater than 'ObjectSizeGreaterThan'");
    return ok_status();
  };
  std::vector<Tag> tags;
  if (sent.tag) tags.push_back(*sent.tag);
  TRY_OK(sent.all ? take(sent.all->prefix, sent.all->tags, sent.all->above, sent.all->below)
                  : take(sent.prefix, tags, sent.above, sent.below));
  return out;
}

Status take_filter(const Rule& sent, s3::LifecycleRule& rule) {
  if (sent.filter.has_value() == sent.prefix.has_value()) return s3::malformed_xml();
  if (sent.prefix) {
    rule.filter.prefix = *sent.prefix;
    return ok_status();
  }
  const int conditions = sent.filter->conditions();
  if (conditions > 1) return s3::malformed_xml();
  rule.form = sent.filter->all ? Form::kAnd : conditions == 1 ? Form::kOne : Form::kEmpty;
  TRY(rule.filter, filter_of(*sent.filter));
  return ok_status();
}

Status take_expiration(const Expiration& sent, s3::LifecycleRule& rule) {
  if (sent.date.has_value() + sent.days.has_value() + sent.expired_delete_marker.has_value() != 1)
    return s3::malformed_xml();
  if (sent.days) {
    TRY(rule.expiration_days, positive(*sent.days, "'Days' for Expiration action"));
  }
  if (sent.date) {
    if (sent.date->ms < 0 || sent.date->ms % kDayMs != 0)
      return invalid_argument("'Date' must be at midnight GMT");
    rule.expiration_date_ms = sent.date->ms;
  }
  rule.expired_delete_marker = sent.expired_delete_marker;
  if (sent.expired_delete_marker && !rule.filter.tags.empty())
    return invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags.");
  return ok_status();
}

Status take_actions(const Rule& sent, s3::LifecycleRule& rule) {
  if (!sent.expiration && !sent.noncurrent && !sent.abort)
    return invalid_request("At least one action needs to be specified in a rule");
  if (sent.expiration) TRY_OK(take_expiration(*sent.expiration, rule));
  if (sent.noncurrent) {
    if (!sent.noncurrent->days) return s3::malformed_xml();
    TRY(rule.noncurrent_days, positive(*sent.noncurrent->days,
                                       "'NoncurrentDays' for NoncurrentVersionExpiration action"));
    if (sent.noncurrent->kept) {
      TRY(rule.noncurrent_kept, positive(*sent.noncurrent->kept, "'NewerNoncurrentVersions'"));
    }
  }
  if (!sent.abort) return ok_status();
  if (!sent.abort->days) return s3::malformed_xml();
  const s3::LifecycleFilter& filter = rule.filter;
  if (!filter.tags.empty())
    return invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags.");
  if (filter.bytes_above || filter.bytes_below)
    return invalid_request("AbortIncompleteMultipartUpload cannot be specified with Object Size.");
  TRY(rule.abort_upload_days,
      positive(*sent.abort->days,
               "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action"));
  return ok_status();
}

Result<std::vector<s3::LifecycleRule>> rules_of(const Configuration& sent) {
  if (sent.rules.empty() || sent.rules.size() > kRulesMax) return s3::malformed_xml();
  std::vector<s3::LifecycleRule> out;
  std::set<std::string> ids;
  for (const Rule& rule : sent.rules) {
    if (!rule.transitions.empty() || !rule.noncurrent_transitions.empty())
      return s3::not_implemented("Transition");
    s3::LifecycleRule& made = out.emplace_back();
    made.id = rule.id.value_or("");
    if (made.id.size() > kIdMax)
      return invalid_argument("ID length should not exceed allowed limit of 255");
    if (!made.id.empty() && !ids.insert(made.id).second)
      return invalid_argument("Rule ID must be unique. Found same ID for one or more rules");
    made.enabled = rule.status == "Enabled";
    TRY_OK(take_filter(rule, made));
    TRY_OK(take_actions(rule, made));
  }
  return out;
}

Filter shown_filter(const s3::LifecycleRule& rule) {
  Filter out;
  if (rule.form == Form::kEmpty) return out;
  const s3::LifecycleFilter& filter = rule.filter;
  const auto number = [](const std::optional<uint64_t>& n) {
    return n ? std::optional(static_cast<int64_t>(*n)) : std::nullopt;
  };
  if (rule.form == Form::kAnd) {
    And& all = out.all.emplace();
    if (!filter.prefix.empty()) all.prefix = filter.prefix;
    all.tags = shown_tags(filter.tags);
    all.above = number(filter.bytes_above);
    all.below = number(filter.bytes_below);
    return out;
  }
  if (!filter.tags.empty()) out.tag = shown_tags(filter.tags).front();
  out.above = number(filter.bytes_above);
  out.below = number(filter.bytes_below);
  if (out.conditions() == 0) out.prefix = filter.prefix;
  return out;
}

Rule shown_rule(const s3::LifecycleRule& rule) {
  Rule out{.id = rule.id, .status = rule.enabled ? "Enabled" : "Disabled"};
  if (rule.form == Form::kPrefix)
    out.prefix = rule.filter.prefix;
  else
    out.filter = shown_filter(rule);
  if (rule.expiration_days || rule.expiration_date_ms || rule.expired_delete_marker) {
    Expiration& expiration = out.expiration.emplace();
    if (rule.expiration_days) expiration.days = *rule.expiration_days;
    if (rule.expiration_date_ms) expiration.date = Timestamp{*rule.expiration_date_ms};
    expiration.expired_delete_marker = rule.expired_delete_marker;
  }
  if (rule.noncurrent_days) {
    NoncurrentExpiration& noncurrent = out.noncurrent.emplace();
    noncurrent.days = *rule.noncurrent_days;
    if (rule.noncurrent_kept) noncurrent.kept = *rule.noncurrent_kept;
  }
  if (rule.abort_upload_days) out.abort = AbortUpload{*rule.abort_upload_days};
  return out;
}

struct GetBucketLifecycleConfiguration : OnBucket<GetBucketLifecycleConfiguration> {
  struct Output {
    std::string minimum_size{kMinimumSize};
    std::vector<Rule> rules;
  };
  static constexpr std::string_view kAction = "s3:GetLifecycleConfiguration";
  static constexpr OpSpec spec =
      bucket_read("GetBucketLifecycleConfiguration", "lifecycle", "LifecycleConfiguration");
  static constexpr auto input = Input::shape();
  static constexpr auto output =
      fields(header<&Output::minimum_size>("x-amz-transition-default-minimum-object-size"),
             body<&Output::rules>("Rule", {.flattened = true}));
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call&) {
    Output out;
    for (const s3::LifecycleRule& rule : s3::configurations(bucket->value).lifecycle)
      out.rules.push_back(shown_rule(rule));
    if (out.rules.empty())
      co_return Error{"NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"}
          .with("BucketName", in->bucket);
    co_return out;
  }
};

struct LifecycleRequest {
  BucketName at;
  std::optional<std::string> minimum_size;
  Configuration configuration;
};

struct PutBucketLifecycleConfiguration
    : OnBucket<PutBucketLifecycleConfiguration, LifecycleRequest> {
  struct Output {
    std::string minimum_size{kMinimumSize};
  };
  static constexpr std::string_view kAction = "s3:PutLifecycleConfiguration";
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PutBucketLifecycleConfiguration",
                               .route = {Method::kPut, Scope::kBucket, "lifecycle"},
                               .body_bytes_max = 1024 * 1024,
                               .checksum_required = true};
  static constexpr auto input =
      fields(group<&Input::at>(),
             header<&Input::minimum_size>("x-amz-transition-default-minimum-object-size"),
             payload<&Input::configuration>("LifecycleConfiguration"));
  static constexpr auto output =
      fields(header<&Output::minimum_size>("x-amz-transition-default-minimum-object-size"));

  static Status validate(const Input& in, const Call&) {
    if (in.minimum_size && *in.minimum_size != kMinimumSize)
      return s3::not_implemented("x-amz-transition-default-minimum-object-size");
    TRY_OK(rules_of(in.configuration));
    return ok_status();
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    CO_TRY(std::vector<s3::LifecycleRule> rules, rules_of(in->configuration));
    for (s3::LifecycleRule& rule : rules)
      if (rule.id.empty()) rule.id = base64url(call.services.random->bytes(36));
    const auto edit = [&](s3::Configurations& c) {
      c.lifecycle = rules;
      return ok_status();
    };
    CO_TRY_OK(co_await change_configurations(call, bucket, edit));
    co_return Output{};
  }
};

struct DeleteBucketLifecycle : OnBucket<DeleteBucketLifecycle> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutLifecycleConfiguration";
  static constexpr OpSpec spec = bucket_delete("DeleteBucketLifecycle", "lifecycle");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields();
  static Status clear(s3::Configurations& c) {
    c.lifecycle.clear();
    return ok_status();
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts bucket, Call& call) {
    CO_TRY_OK(co_await change_configurations(call, bucket, &clear));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, GetBucketLifecycleConfiguration);
COFFER_OPERATION(s3, PutBucketLifecycleConfiguration);
COFFER_OPERATION(s3, DeleteBucketLifecycle);

}  // namespace coffer::api
