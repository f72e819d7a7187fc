// GetBucketPolicy answers the bucket's policy as its owner wrote it; a principal that is gone shows
// as its unique ID. Source: docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
#include "api/ops/s3/bucket_policy.h"
#include "iam/iam.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct GetBucketPolicy {
  using Input = BucketName;
  struct Output {
    std::string content_type = "application/json", policy;
  };
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "GetBucketPolicy",
                               .route = {Method::kGet, Scope::kBucket, "policy"},
                               .read_only = true};
  static constexpr auto input = Input::shape();
  static constexpr auto output =
      fields(header<&Output::content_type>("Content-Type"), payload<&Output::policy>("Policy"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) { co_return find_bucket(call, in); }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return on_policy(bucket->value, "s3:GetBucketPolicy");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    CO_TRY_OK(check_owner_account(call, bucket->value));
    if (!bucket->value.policy)
      co_return Error{"NoSuchBucketPolicy", "The bucket policy does not exist"}.with("BucketName",
                                                                                     in->bucket);
    co_return Output{.policy = bucket->value.policy->shown(*call.services.iam)};
  }
};

}  // namespace

COFFER_OPERATION(s3, GetBucketPolicy);

}  // namespace coffer::api
