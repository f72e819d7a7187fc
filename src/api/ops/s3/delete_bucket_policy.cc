// DeleteBucketPolicy removes the bucket's own policy; where there is none it succeeds, too.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
#include "api/ops/s3/bucket_policy.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct DeleteBucketPolicy {
  using Input = BucketName;
  using Output = Nothing;
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "DeleteBucketPolicy",
                               .route = {Method::kDelete, Scope::kBucket, "policy"},
                               .status_ok = 204};
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) { co_return find_bucket(call, in); }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return on_policy(bucket->value, "s3:DeleteBucketPolicy");
  }
  static Status clear(Bucket& bucket) {
    bucket.policy_text.clear();
    bucket.policy_bindings.clear();
    bucket.policy = nullptr;
    return ok_status();
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    CO_TRY_OK(check_owner_account(call, bucket->value));
    CO_TRY_OK(co_await call.services.s3->buckets().change(in->bucket, bucket->value.instance,
                                                          &clear, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, DeleteBucketPolicy);

}  // namespace coffer::api
