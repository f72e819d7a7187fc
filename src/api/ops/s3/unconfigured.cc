// What a bucket answers of the configurations that it has not, for clients that read them all: each
// is empty, or its own 404. Source: docs.aws.amazon.com/AmazonS3/latest/API, GetBucketLogging and
// the others by name.
#include "api/ops/s3/configurations.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

// BucketRead is what they have in common; Op says kAction.
template <class Op>
struct BucketRead {
  using Input = BucketName;
  using Facts = BucketPtr;
  static constexpr auto input = BucketName::shape();
  static Task<Result<Facts>> facts(const Input& in, Call& call) { co_return find_bucket(call, in); }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return {on_bucket(bucket->value, std::string(Op::kAction))};
  }
};

struct EmptyAnswer {
  std::optional<std::string> status;
};

// EmptyRead answers its root element alone.
template <class Op>
struct EmptyRead : BucketRead<Op> {
  using Output = EmptyAnswer;
  static constexpr auto output = fields(body<&EmptyAnswer::status>("Status"));
  static Task<Result<Output>> run(Authorized<BucketName>, BucketPtr, Call&) { co_return Output{}; }
};

// AbsentRead answers Op's kCode and kMessage.
template <class Op>
struct AbsentRead : BucketRead<Op> {
  using Output = Nothing;
  static constexpr auto output = fields();
  static Task<Result<Output>> run(Authorized<BucketName> in, BucketPtr, Call&) {
    co_return Error{std::string(Op::kCode), std::string(Op::kMessage)}.with("BucketName",
                                                                            in->bucket);
  }
};

struct GetBucketAccelerateConfiguration : EmptyRead<GetBucketAccelerateConfiguration> {
  static constexpr std::string_view kAction = "s3:GetAccelerateConfiguration";
  static constexpr OpSpec spec =
      bucket_read("GetBucketAccelerateConfiguration", "accelerate", "AccelerateConfiguration");
};

struct GetBucketLogging : BucketRead<GetBucketLogging> {
  struct Target {
    std::string bucket, prefix;
    static constexpr auto shape() {
      return fields(body<&Target::bucket>("TargetBucket"), body<&Target::prefix>("TargetPrefix"));
    }
  };
  struct Output {
    std::optional<Target> enabled;
  };
  static constexpr std::string_view kAction = "s3:GetBucketLogging";
  static constexpr OpSpec spec = bucket_read("GetBucketLogging", "logging", "BucketLoggingStatus");
  static constexpr auto output = fields(body<&Output::enabled>("LoggingEnabled"));
  static Task<Result<Output>> run(Authorized<Input>, Facts, Call&) { co_return Output{}; }
};

struct GetBucketNotificationConfiguration : BucketRead<GetBucketNotificationConfiguration> {
  struct EventBridge {
    static constexpr auto shape() { return fields(); }
  };
  struct Output {
    std::optional<EventBridge> event_bridge;
  };
  static constexpr std::string_view kAction = "s3:GetBucketNotification";
  static constexpr OpSpec spec = bucket_read("GetBucketNotificationConfiguration", "notification",
                                             "NotificationConfiguration");
  static constexpr auto output = fields(body<&Output::event_bridge>("EventBridgeConfiguration"));
  static Task<Result<Output>> run(Authorized<Input>, Facts, Call&) { co_return Output{}; }
};

// Who owns the bucket pays.
struct GetBucketRequestPayment : BucketRead<GetBucketRequestPayment> {
  struct Output {
    std::string payer = "BucketOwner";
  };
  static constexpr std::string_view kAction = "s3:GetBucketRequestPayment";
  static constexpr OpSpec spec =
      bucket_read("GetBucketRequestPayment", "requestPayment", "RequestPaymentConfiguration");
  static constexpr auto output = fields(body<&Output::payer>("Payer"));
  static Task<Result<Output>> run(Authorized<Input>, Facts, Call&) { co_return Output{}; }
};

// ACLs are disabled in every bucket.
struct GetBucketOwnershipControls : BucketRead<GetBucketOwnershipControls> {
  struct Rule {
    std::string ownership = "BucketOwnerEnforced";
    static constexpr auto shape() { return fields(body<&Rule::ownership>("ObjectOwnership")); }
  };
  struct Controls {
    std::vector<Rule> rules{Rule{}};
    static constexpr auto shape() {
      return fields(body<&Controls::rules>("Rule", {.flattened = true}));
    }
  };
  struct Output {
    Controls controls;
  };
  static constexpr std::string_view kAction = "s3:GetBucketOwnershipControls";
  static constexpr OpSpec spec =
      bucket_read("GetBucketOwnershipControls", "ownershipControls", "OwnershipControls");
  static constexpr auto output = fields(payload<&Output::controls>("OwnershipControls"));
  static Task<Result<Output>> run(Authorized<Input>, Facts, Call&) { co_return Output{}; }
};

// No ACL and no policy that makes a bucket public is taken: all four are on.
struct GetPublicAccessBlock : BucketRead<GetPublicAccessBlock> {
  struct Configuration {
    bool block_acls = true, ignore_acls = true, block_policy = true, restrict_buckets = true;
    static constexpr auto shape() {
      using C = Configuration;
      return fields(body<&C::block_acls>("BlockPublicAcls"),
                    body<&C::ignore_acls>("IgnorePublicAcls"),
                    body<&C::block_policy>("BlockPublicPolicy"),
                    body<&C::restrict_buckets>("RestrictPublicBuckets"));
    }
  };
  struct Output {
    Configuration configuration;
  };
  static constexpr std::string_view kAction = "s3:GetBucketPublicAccessBlock";
  static constexpr OpSpec spec =
      bucket_read("GetPublicAccessBlock", "publicAccessBlock", "PublicAccessBlockConfiguration");
  static constexpr auto output =
      fields(payload<&Output::configuration>("PublicAccessBlockConfiguration"));
  static Task<Result<Output>> run(Authorized<Input>, Facts, Call&) { co_return Output{}; }
};

struct GetBucketWebsite : AbsentRead<GetBucketWebsite> {
  static constexpr std::string_view kAction = "s3:GetBucketWebsite",
                                    kCode = "NoSuchWebsiteConfiguration",
                                    kMessage =
                                        "The specified bucket does not have a website "
                                        "configuration";
  static constexpr OpSpec spec = bucket_read("GetBucketWebsite", "website", "");
};

struct GetBucketReplication : AbsentRead<GetBucketReplication> {
  static constexpr std::string_view kAction = "s3:GetReplicationConfiguration",
                                    kCode = "ReplicationConfigurationNotFoundError",
                                    kMessage = "The replication configuration was not found";
  static constexpr OpSpec spec = bucket_read("GetBucketReplication", "replication", "");
};

struct GetBucketLifecycleConfiguration : AbsentRead<GetBucketLifecycleConfiguration> {
  static constexpr std::string_view kAction = "s3:GetLifecycleConfiguration",
                                    kCode = "NoSuchLifecycleConfiguration",
                                    kMessage = "The lifecycle configuration does not exist";
  static constexpr OpSpec spec = bucket_read("GetBucketLifecycleConfiguration", "lifecycle", "");
};

// A policy that would make a bucket public is never in place.
struct GetBucketPolicyStatus : BucketRead<GetBucketPolicyStatus> {
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
  static constexpr auto output = fields(payload<&Output::status>("PolicyStatus"));
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call&) {
    if (!bucket->value.policy)
      co_return Error{"NoSuchBucketPolicy", "The bucket policy does not exist"}.with("BucketName",
                                                                                     in->bucket);
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, GetBucketAccelerateConfiguration);
COFFER_OPERATION(s3, GetBucketLogging);
COFFER_OPERATION(s3, GetBucketNotificationConfiguration);
COFFER_OPERATION(s3, GetBucketRequestPayment);
COFFER_OPERATION(s3, GetBucketOwnershipControls);
COFFER_OPERATION(s3, GetPublicAccessBlock);
COFFER_OPERATION(s3, GetBucketWebsite);
COFFER_OPERATION(s3, GetBucketReplication);
COFFER_OPERATION(s3, GetBucketLifecycleConfiguration);
COFFER_OPERATION(s3, GetBucketPolicyStatus);

}  // namespace coffer::api
