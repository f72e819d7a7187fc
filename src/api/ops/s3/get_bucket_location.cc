// GetBucketLocation answers the bucket's Region; that of us-east-1 is empty.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
#include "api/ops/s3/bucket_location.h"
#include "api/ops/s3/common.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct GetBucketLocation {
  using Input = BucketName;
  struct Output {
    std::string location;
  };
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "GetBucketLocation",
                               .route = {Method::kGet, Scope::kBucket, "location"},
                               .read_only = true,
                               .output_root = "LocationConstraint"};
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields(payload<&Output::location>("LocationConstraint"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) { co_return find_bucket(call, in); }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return {on_bucket(bucket->value, "s3:GetBucketLocation")};
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts bucket, Call&) {
    const std::string& region = bucket->value.region;
    co_return Output{region == kFirstRegion ? std::string() : region};
  }
};

}  // namespace

COFFER_OPERATION(s3, GetBucketLocation);

}  // namespace coffer::api
