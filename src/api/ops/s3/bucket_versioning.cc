// PutBucketVersioning and GetBucketVersioning: whether overwrites and deletions keep what was
// there. Deletion guarded by a second factor is not offered, and refused where it is asked for (the
// words unverified). Source: docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
#include "api/ops/s3/configurations.h"

namespace coffer::api {
namespace {

using namespace s3_ops;
using s3::Versioning;

struct Configuration {
  std::optional<std::string> mfa_delete, status;
  static constexpr auto shape() {
    return fields(body<&Configuration::mfa_delete>("MfaDelete"),
                  body<&Configuration::status>("Status"));
  }
};

struct PutBucketVersioning {
  struct Input {
    BucketName at;
    std::optional<std::string> mfa;
    Configuration configuration;
  };
  using Output = Nothing;
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PutBucketVersioning",
                               .route = {Method::kPut, Scope::kBucket, "versioning"},
                               .checksum_required = true};
  static constexpr auto input =
      fields(group<&Input::at>(), header<&Input::mfa>("x-amz-mfa"),
             payload<&Input::configuration>("VersioningConfiguration", {.required = true}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, const Call&) {
    const Configuration& c = in.configuration;
    if (c.mfa_delete && *c.mfa_delete != "Enabled" && *c.mfa_delete != "Disabled")
      return s3::malformed_xml();
    if (c.mfa_delete == "Enabled" || in.mfa) return s3::not_implemented("x-amz-mfa");
    if (!c.status)
      return Error{"IllegalVersioningConfigurationException",
                   "The Versioning element must be specified"};
    if (*c.status != "Enabled" && *c.status != "Suspended") return s3::malformed_xml();
    return ok_status();
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    if (in.configuration.status)
      call.draft.event.request.push_back({"VersioningStatus", *in.configuration.status});
    co_return find_bucket(call, in.at);
  }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return {on_bucket(bucket->value, "s3:PutBucketVersioning")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    const Versioning next =
        in->configuration.status == "Enabled" ? Versioning::kEnabled : Versioning::kSuspended;
    const auto edit = [next](Bucket& edited) -> Status {
      if (next != Versioning::kEnabled && s3::configurations(edited).object_lock)
        return Error{"InvalidBucketState",
                     "An Object Lock configuration is present on this bucket, so the versioning "
                     "state cannot be changed."};
      edited.versioning = next;
      return ok_status();
    };
    CO_TRY_OK(co_await call.services.s3->buckets().change(in->at.bucket, bucket->value.instance,
                                                          edit, call.draft));
    co_return Output{};
  }
};

struct GetBucketVersioning {
  using Input = BucketName;
  struct Output {
    std::optional<std::string> status;
  };
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "GetBucketVersioning",
                               .route = {Method::kGet, Scope::kBucket, "versioning"},
                               .read_only = true,
                               .output_root = "VersioningConfiguration"};
  static constexpr auto input = BucketName::shape();
  static constexpr auto output = fields(body<&Output::status>("Status"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) { co_return find_bucket(call, in); }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return {on_bucket(bucket->value, "s3:GetBucketVersioning")};
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts bucket, Call&) {
    Output out;
    if (bucket->value.versioning == Versioning::kEnabled) out.status = "Enabled";
    if (bucket->value.versioning == Versioning::kSuspended) out.status = "Suspended";
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, PutBucketVersioning);
COFFER_OPERATION(s3, GetBucketVersioning);

}  // namespace coffer::api
