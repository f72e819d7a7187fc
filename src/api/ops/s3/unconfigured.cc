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

}  // namespace

COFFER_OPERATION(s3, GetBucketAccelerateConfiguration);
COFFER_OPERATION(s3, GetBucketLogging);
COFFER_OPERATION(s3, GetBucketNotificationConfiguration);
COFFER_OPERATION(s3, GetBucketRequestPayment);
COFFER_OPERATION(s3, GetBucketWebsite);
COFFER_OPERATION(s3, GetBucketReplication);

}  // namespace coffer::api
