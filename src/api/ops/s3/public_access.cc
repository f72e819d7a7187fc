// Block Public Access of a bucket, what its policy comes to, and its ownership controls, of which
// BucketOwnerEnforced alone is offered. Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html and its like.
#include "api/ops/s3/configurations.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct BlockConfiguration {
  bool block_acls = false, ignore_acls = false, block_policy = false, restrict_buckets = false;
  static constexpr auto shape() {
    using C = BlockConfiguration;
    return fields(body<&C::block_acls>("BlockPublicAcls", {.required = false}),
                  body<&C::ignore_acls>("IgnorePublicAcls", {.required = false}),
                  body<&C::block_policy>("BlockPublicPolicy", {.required = false}),
                  body<&C::restrict_buckets>("RestrictPublicBuckets", {.required = false}));
  }
};

struct GetPublicAccessBlock : OnBucket<GetPublicAccessBlock> {
  struct Output {
    BlockConfiguration configuration;
  };
  static constexpr std::string_view kAction = "s3:GetBucketPublicAccessBlock";
  static constexpr OpSpec spec =
      bucket_read("GetPublicAccessBlock", "publicAccessBlock", "PublicAccessBlockConfiguration");
  static constexpr auto input = Input::shape();
  static constexpr auto output =
      fields(payload<&Output::configuration>("PublicAccessBlockConfiguration"));
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call&) {
    const auto& block = s3::configurations(bucket->value).public_access_block;
    if (!block)
      co_return Error{"NoSuchPublicAccessBlockConfiguration",
                      "The public access block configuration was not found"}
          .with("BucketName", in->bucket);
    co_return Output{
        {block->block_acls, block->ignore_acls, block->block_policy, block->restrict_buckets}};
  }
};

struct BlockRequest {
  BucketName at;
  BlockConfiguration configuration;
};

struct PutPublicAccessBlock : OnBucket<PutPublicAccessBlock, BlockRequest> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutBucketPublicAccessBlock";
  static constexpr OpSpec spec = bucket_put("PutPublicAccessBlock", "publicAccessBlock");
  static constexpr auto input =
      fields(group<&Input::at>(),
             payload<&Input::configuration>("PublicAccessBlockConfiguration", {.required = true}));
  static constexpr auto output = fields();
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    const BlockConfiguration& sent = in->configuration;
    const s3::PublicAccessBlock block{sent.block_acls, sent.ignore_acls, sent.block_policy,
                                      sent.restrict_buckets};
    const auto edit = [&](s3::Configurations& c) {
      c.public_access_block = block;
      return ok_status();
    };
    CO_TRY_OK(co_await change_configurations(call, bucket, edit));
    co_return Output{};
  }
};

struct DeletePublicAccessBlock : OnBucket<DeletePublicAccessBlock> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutBucketPublicAccessBlock";
  static constexpr OpSpec spec = bucket_delete("DeletePublicAccessBlock", "publicAccessBlock");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields();
  static Status clear(s3::Configurations& c) {
    c.public_access_block.reset();
    return ok_status();
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts bucket, Call& call) {
    CO_TRY_OK(co_await change_configurations(call, bucket, &clear));
    co_return Output{};
  }
};

struct GetBucketPolicyStatus : OnBucket<GetBucketPolicyStatus> {
  struct PolicyStatus {
    bool is_public = false;
    static constexpr auto shape() { return fields(body<&PolicyStatus::is_public>("IsPublic")); }
  };
  struct Output {
    PolicyStatus status;
  };
  static constexpr std::string_view kAction = "s3:GetBucketPolicyStatus";
  static constexpr OpSpec spec =
      bucket_read("GetBucketPolicyStatus", "policyStatus", "PolicyStatus");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields(payload<&Output::status>("PolicyStatus"));
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call&) {
    if (!bucket->value.policy)
      co_return Error{"NoSuchBucketPolicy", "The bucket policy does not exist"}.with("BucketName",
                                                                                     in->bucket);
    co_return Output{{bucket->value.policy->grants_public()}};
  }
};

struct OwnershipRule {
  std::string ownership;
  static constexpr auto shape() {
    return fields(body<&OwnershipRule::ownership>("ObjectOwnership"));
  }
};
struct OwnershipControls {
  std::vector<OwnershipRule> rules;
  static constexpr auto shape() {
    return fields(body<&OwnershipControls::rules>("Rule", {.required = true, .flattened = true}));
  }
};

struct GetBucketOwnershipControls : OnBucket<GetBucketOwnershipControls> {
  struct Output {
    OwnershipControls controls;
  };
  static constexpr std::string_view kAction = "s3:GetBucketOwnershipControls";
  static constexpr OpSpec spec =
      bucket_read("GetBucketOwnershipControls", "ownershipControls", "OwnershipControls");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields(payload<&Output::controls>("OwnershipControls"));
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call&) {
    if (!s3::configurations(bucket->value).ownership_controls)
      co_return Error{"OwnershipControlsNotFoundError",
                      "The bucket ownership controls were not found"}
          .with("BucketName", in->bucket);
    co_return Output{{{{"BucketOwnerEnforced"}}}};
  }
};

struct OwnershipRequest {
  BucketName at;
  OwnershipControls controls;
};

struct PutBucketOwnershipControls : OnBucket<PutBucketOwnershipControls, OwnershipRequest> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutBucketOwnershipControls";
  static constexpr OpSpec spec = bucket_put("PutBucketOwnershipControls", "ownershipControls");
  static constexpr auto input = fields(
      group<&Input::at>(), payload<&Input::controls>("OwnershipControls", {.required = true}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, const Call&) {
    if (in.controls.rules.size() != 1) return s3::malformed_xml();
    const std::string& ownership = in.controls.rules[0].ownership;
    if (ownership == "BucketOwnerEnforced") return ok_status();
    if (ownership == "BucketOwnerPreferred" || ownership == "ObjectWriter")
      return s3::not_implemented("ObjectOwnership");
    return s3::malformed_xml();
  }
  static Status enforce(s3::Configurations& c) {
    c.ownership_controls = true;
    return ok_status();
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts bucket, Call& call) {
    CO_TRY_OK(co_await change_configurations(call, bucket, &enforce));
    co_return Output{};
  }
};

// Without its controls a bucket is no more open to ACLs than with them: there are none.
struct DeleteBucketOwnershipControls : OnBucket<DeleteBucketOwnershipControls> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutBucketOwnershipControls";
  static constexpr OpSpec spec =
      bucket_delete("DeleteBucketOwnershipControls", "ownershipControls");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields();
  static Status clear(s3::Configurations& c) {
    c.ownership_controls = false;
    return ok_status();
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts bucket, Call& call) {
    CO_TRY_OK(co_await change_configurations(call, bucket, &clear));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, GetPublicAccessBlock);
COFFER_OPERATION(s3, PutPublicAccessBlock);
COFFER_OPERATION(s3, DeletePublicAccessBlock);
COFFER_OPERATION(s3, GetBucketPolicyStatus);
COFFER_OPERATION(s3, GetBucketOwnershipControls);
COFFER_OPERATION(s3, PutBucketOwnershipControls);
COFFER_OPERATION(s3, DeleteBucketOwnershipControls);

}  // namespace coffer::api
