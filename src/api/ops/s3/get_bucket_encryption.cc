// GetBucketEncryption answers the bucket's default encryption; a bucket where none was put has
// SSE-S3. Source: docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html
#include "api/ops/s3/bucket_encryption.h"
#include "api/ops/s3/common.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct GetBucketEncryption {
  using Input = BucketName;
  struct Output {
    EncryptionConfiguration configuration;
  };
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "GetBucketEncryption",
                               .route = {Method::kGet, Scope::kBucket, "encryption"},
                               .read_only = true,
                               .output_root = "ServerSideEncryptionConfiguration"};
  static constexpr auto input = Input::shape();
  static constexpr auto output =
      fields(payload<&Output::configuration>("ServerSideEncryptionConfiguration"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) { co_return find_bucket(call, in); }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return {on_bucket(bucket->value, "s3:GetEncryptionConfiguration")};
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts bucket, Call&) {
    co_return Output{shown(bucket->value.encryption, bucket->value.kind)};
  }
};

}  // namespace

COFFER_OPERATION(s3, GetBucketEncryption);

}  // namespace coffer::api
