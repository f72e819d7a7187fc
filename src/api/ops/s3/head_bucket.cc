// HeadBucket tells whether a bucket is there and the caller may use it.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
#include "api/ops/s3/common.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct HeadBucket {
  using Input = BucketName;
  struct Output {
    std::string region, arn;
    std::optional<std::string> location_type, location_name;  // of a directory bucket
    bool access_point_alias = false;
  };
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "HeadBucket",
                               .route = {Method::kHead, Scope::kBucket},
                               .read_only = true,
                               .data_event = true};
  static constexpr auto input = Input::shape();
  static constexpr auto output =
      fields(header<&Output::region>("x-amz-bucket-region"),
             header<&Output::location_type>("x-amz-bucket-location-type"),
             header<&Output::location_name>("x-amz-bucket-location-name"),
             header<&Output::access_point_alias>("x-amz-access-point-alias"),
             header<&Output::arn>("x-amz-bucket-arn"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) { co_return find_bucket(call, in); }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return {on_bucket(bucket->value, "s3:ListBucket")};
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts bucket, Call&) {
    Output out{.region = bucket->value.region, .arn = bucket->value.arn()};
    if (bucket->value.kind == s3::BucketKind::kDirectory) {
      out.location_type = "AvailabilityZone";
      out.location_name = bucket->value.zone;
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, HeadBucket);

}  // namespace coffer::api
