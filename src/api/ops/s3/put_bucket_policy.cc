// PutBucketPolicy sets the bucket's own policy, at most 20 KiB. The principals that it names must
// exist. Source: docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
#include "api/ops/s3/bucket_policy.h"
#include "iam/iam.h"
#include "s3/bucket/configuration.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

constexpr size_t kPolicyBytesMax = 20 * 1024;

Error prevented(const Call& call, const Bucket& bucket) {
  return {"AccessDenied",
          fmt::format("User: {} is not authorized to perform: s3:PutBucketPolicy on resource: "
                      "\"{}\" because public policies are prevented by the BlockPublicPolicy "
                      "setting in S3 Block Public Access.",
                      call.caller.principal.arn, bucket.arn())};
}

struct PutBucketPolicy {
  struct Input {
    BucketName at;
    Blob policy;
    std::optional<bool> confirm_removal;
  };
  using Output = Nothing;
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PutBucketPolicy",
                               .route = {Method::kPut, Scope::kBucket, "policy"},
                               .status_ok = 204,
                               .checksum_required = true};
  static constexpr auto input =
      fields(group<&Input::at>(), payload<&Input::policy>("Policy", {.required = false}),
             header<&Input::confirm_removal>("x-amz-confirm-remove-self-bucket-access"));
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return find_bucket(call, in.at);
  }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return on_policy(bucket->value, "s3:PutBucketPolicy");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    CO_TRY_OK(check_owner_account(call, bucket->value));
    if (in->policy.bytes.size() > kPolicyBytesMax)
      co_return Error{"PolicyTooLarge",
                      "The bucket policy exceeds the maximum allowed size of 20480 bytes"};
    CO_TRY(auto policy,
           authz::Policy::parse(in->policy.bytes, authz::PolicyKind::kBucket, bucket->value.arn()));
    CO_TRY(auto bindings, authz::bind_principals(*policy, *call.services.iam));
    call.draft.event.request.push_back({"bucketPolicy", in->policy.bytes, true});
    const auto edit = [policy = policy->with_bindings(bindings), &bindings,
                       &call](Bucket& b) -> Status {
      const auto& block = s3::configurations(b).public_access_block;
      if (block && block->block_policy && policy->grants_public()) return prevented(call, b);
      b.policy_text = policy->text();
      b.policy_bindings = bindings;
      b.policy = policy;
      return ok_status();
    };
    CO_TRY_OK(co_await call.services.s3->buckets().change(in->at.bucket, bucket->value.instance,
                                                          edit, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, PutBucketPolicy);

}  // namespace coffer::api
