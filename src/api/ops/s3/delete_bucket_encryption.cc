// DeleteBucketEncryption puts a bucket back to SSE-S3. What encryption types it blocks stays.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html
#include "api/ops/s3/common.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct DeleteBucketEncryption {
  using Input = BucketName;
  using Output = Nothing;
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "DeleteBucketEncryption",
                               .route = {Method::kDelete, Scope::kBucket, "encryption"},
                               .status_ok = 204};
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) { co_return find_bucket(call, in); }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return {on_bucket(bucket->value, "s3:PutEncryptionConfiguration")};
  }
  static Status reset(Bucket& bucket) {
    bucket.encryption = s3::BucketEncryption{.block_sse_c = bucket.encryption.block_sse_c};
    return ok_status();
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    CO_TRY_OK(co_await call.services.s3->buckets().change(in->bucket, bucket->value.instance,
                                                          &reset, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, DeleteBucketEncryption);

}  // namespace coffer::api
