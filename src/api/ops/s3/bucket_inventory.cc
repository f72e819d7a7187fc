// Inventory configurations of a bucket: kept and listed. Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html and its like;
// spec/s3.md E.2 for the words.
#include <algorithm>

#include "api/ops/s3/configurations.h"
#include "protocol/xml_codec.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

constexpr size_t kConfigurationsMax = 1000, kPageMax = 100, kIdMax = 64;
constexpr std::string_view kRoot = "InventoryConfiguration";
constexpr std::string_view kArnPrefix = "arn:aws:s3:::";

struct ServiceEncryption {
  static constexpr auto shape() { return fields(); }
};
struct KmsEncryption {
  std::string key_id;
  static constexpr auto shape() { return fields(body<&KmsEncryption::key_id>("KeyId")); }
};
struct Encryption {
  std::optional<ServiceEncryption> service;
  std::optional<KmsEncryption> kms;
  static constexpr auto shape() {
    return fields(body<&Encryption::service>("SSE-S3"), body<&Encryption::kms>("SSE-KMS"));
  }
};
struct Target {
  std::optional<std::string> account, prefix;
  std::string bucket, format;
  std::optional<Encryption> encryption;
  static constexpr auto shape() {
    using T = Target;
    return fields(body<&T::account>("AccountId"), body<&T::bucket>("Bucket"),
                  body<&T::format>("Format", {.values = "CSV|ORC|Parquet"}),
                  body<&T::prefix>("Prefix"), body<&T::encryption>("Encryption"));
  }
};
struct Destination {
  Target target;
  static constexpr auto shape() {
    return fields(body<&Destination::target>("S3BucketDestination", {.required = true}));
  }
};
struct Filter {
  std::string prefix;
  static constexpr auto shape() { return fields(body<&Filter::prefix>("Prefix")); }
};
struct Schedule {
  std::string frequency;
  static constexpr auto shape() {
    return fields(body<&Schedule::frequency>("Frequency", {.values = "Daily|Weekly"}));
  }
};
struct Configuration {
  Destination destination;
  bool enabled = false;
  std::optional<Filter> filter;
  std::string id, versions;
  std::optional<std::vector<std::string>> optional_fields;
  Schedule schedule;
  static constexpr auto shape() {
    using C = Configuration;
    return fields(body<&C::destination>("Destination", {.required = true}),
                  body<&C::enabled>("IsEnabled"), body<&C::filter>("Filter"), body<&C::id>("Id"),
                  body<&C::versions>("IncludedObjectVersions", {.values = "All|Current"}),
                  body<&C::optional_fields>("OptionalFields", {.member = "Field"}),
                  body<&C::schedule>("Schedule", {.required = true}));
  }
};

constexpr std::string_view kOptionalFields[] = {"Size",
                                                "LastModifiedDate",
                                                "StorageClass",
                                                "ETag",
                                                "IsMultipartUploaded",
                                                "ReplicationStatus",
                                                "EncryptionStatus",
                                                "ObjectLockRetainUntilDate",
                                                "ObjectLockMode",
                                                "ObjectLockLegalHoldStatus",
                                                "IntelligentTieringAccessTier",
                                                "BucketKeyStatus",
                                                "ChecksumAlgorithm",
                                                "ObjectAccessControlList",
                                                "ObjectOwner",
                                                "LifecycleExpirationDate"};

struct Named {
  BucketName at;
  std::string id;
  static constexpr auto shape() { return fields(group<&Named::at>(), query<&Named::id>("id")); }
};

Error no_such_configuration() {
  return {"NoSuchConfiguration", "The specified configuration does not exist."};
}

Status check(const Configuration& c, const std::string& id) {
  if (c.id != id)
    return Error{"IdMismatch", "Document ID does not match the specified configuration ID."};
  const bool named =
      !id.empty() && id.size() <= kIdMax && std::all_of(id.begin(), id.end(), [](char ch) {
        return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
               ch == '-' || ch == '_' || ch == '.';
      });
  if (!named) return s3::invalid_argument("The ID is invalid.", "id", id);
  const Target& target = c.destination.target;
  if (!target.bucket.starts_with(kArnPrefix) || target.bucket.size() == kArnPrefix.size())
    return Error{"InvalidS3DestinationBucket", "Invalid bucket ARN."};
  if (target.encryption && target.encryption->service && target.encryption->kms)
    return s3::malformed_xml();
  for (const std::string& field : c.optional_fields.value_or(std::vector<std::string>{}))
    if (std::find(std::begin(kOptionalFields), std::end(kOptionalFields), field) ==
        std::end(kOptionalFields))
      return s3::malformed_xml();
  return ok_status();
}

Result<Configuration> stored(const Bytes& document) {
  static constexpr auto kShape = Configuration::shape();
  Configuration out;
  TRY_OK(protocol::decode_xml(document, kRoot, kShape, &out));
  return out;
}

struct PutRequest {
  BucketName at;
  std::string id;
  Configuration configuration;
};

struct PutBucketInventoryConfiguration : OnBucket<PutBucketInventoryConfiguration, PutRequest> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutInventoryConfiguration";
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PutBucketInventoryConfiguration",
                               .route = {Method::kPut, Scope::kBucket, "inventory"},
                               .status_ok = 204};
  static constexpr auto input = fields(group<&Input::at>(), query<&Input::id>("id"),
                                       payload<&Input::configuration>(kRoot, {.required = true}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, const Call&) { return check(in.configuration, in.id); }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    static constexpr auto kShape = Configuration::shape();
    const Bytes document = protocol::encode_rest(kRoot, {}, kShape, &in->configuration).body;
    const auto edit = [&](s3::Configurations& c) -> Status {
      c.inventories[in->id] = document;
      if (c.inventories.size() > kConfigurationsMax)
        return Error{"TooManyConfigurations",
                     "You are attempting to create a new configuration but have already reached "
                     "the 1,000-configuration limit."};
      return ok_status();
    };
    CO_TRY_OK(co_await change_configurations(call, bucket, edit));
    co_return Output{};
  }
};

struct GetBucketInventoryConfiguration : OnBucket<GetBucketInventoryConfiguration, Named> {
  struct Output {
    Configuration configuration;
  };
  static constexpr std::string_view kAction = "s3:GetInventoryConfiguration";
  static constexpr OpSpec spec =
      bucket_read("GetBucketInventoryConfiguration", "inventory&id", kRoot);
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields(payload<&Output::configuration>(kRoot));
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call&) {
    const auto& all = s3::configurations(bucket->value).inventories;
    const auto found = all.find(in->id);
    if (found == all.end()) co_return no_such_configuration();
    Output out;
    CO_TRY(out.configuration, stored(found->second));
    co_return out;
  }
};

struct DeleteBucketInventoryConfiguration : OnBucket<DeleteBucketInventoryConfiguration, Named> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutInventoryConfiguration";
  static constexpr OpSpec spec = bucket_delete("DeleteBucketInventoryConfiguration", "inventory");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields();
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    const auto edit = [&](s3::Configurations& c) -> Status {
      if (c.inventories.erase(in->id) == 0) return no_such_configuration();
      return ok_status();
    };
    CO_TRY_OK(co_await change_configurations(call, bucket, edit));
    co_return Output{};
  }
};

struct ListRequest {
  BucketName at;
  std::optional<std::string> token;
  static constexpr auto shape() {
    return fields(group<&ListRequest::at>(), query<&ListRequest::token>("continuation-token"));
  }
};

struct ListBucketInventoryConfigurations
    : OnBucket<ListBucketInventoryConfigurations, ListRequest> {
  struct Output {
    std::vector<Configuration> list;
    bool truncated = false;
    std::optional<std::string> token, next;
  };
  static constexpr std::string_view kAction = "s3:GetInventoryConfiguration";
  static constexpr OpSpec spec = bucket_read("ListBucketInventoryConfigurations", "inventory",
                                             "ListInventoryConfigurationsResult");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields(
      body<&Output::list>(kRoot, {.flattened = true}), body<&Output::truncated>("IsTruncated"),
      body<&Output::token>("ContinuationToken"), body<&Output::next>("NextContinuationToken"));
  // The token is the ID after which the page begins.
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call&) {
    Output out{.token = in->token};
    const auto& all = s3::configurations(bucket->value).inventories;
    for (auto it = all.upper_bound(in->token.value_or("")); it != all.end(); ++it) {
      if (out.list.size() == kPageMax) {
        out.truncated = true;
        out.next = out.list.back().id;
        break;
      }
      CO_TRY(Configuration found, stored(it->second));
      out.list.push_back(std::move(found));
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, PutBucketInventoryConfiguration);
COFFER_OPERATION(s3, GetBucketInventoryConfiguration);
COFFER_OPERATION(s3, DeleteBucketInventoryConfiguration);
COFFER_OPERATION(s3, ListBucketInventoryConfigurations);

}  // namespace coffer::api
