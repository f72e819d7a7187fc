// CreateBucket makes a bucket in this server's Region, owned by the caller's account; a directory
// bucket in one of its zones. Source: docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
#include "api/ops/s3/bucket_location.h"
#include "api/ops/s3/configurations.h"
#include "api/ops/s3/directory.h"
#include "api/ops/s3/directory_bucket_location.h"
#include "api/ops/s3/tagging.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct CreateBucket {
  struct Configuration {
    std::optional<std::string> location;
    std::optional<LocationInfo> directory_location;
    std::optional<BucketInfo> directory_bucket;
    std::vector<Tag> tags;
    static constexpr auto shape() {
      return fields(body<&Configuration::location>("LocationConstraint"),
                    body<&Configuration::directory_location>("Location"),
                    body<&Configuration::directory_bucket>("Bucket"),
                    body<&Configuration::tags>("Tags", {.member = "Tag"}));
    }
  };
  struct Input {
    std::string bucket;
    Configuration configuration;
    std::optional<std::string> acl, full_control, read, read_acp, write, write_acp, ownership;
    std::optional<bool> object_lock;
  };
  struct Output {
    std::string location, arn;
  };

  static constexpr OpSpec spec{
      .service = Service::kS3, .name = "CreateBucket", .route = {Method::kPut, Scope::kBucket}};
  static constexpr auto input = fields(
      path<&Input::bucket>("Bucket"), payload<&Input::configuration>("CreateBucketConfiguration"),
      header<&Input::acl>("x-amz-acl"), header<&Input::full_control>("x-amz-grant-full-control"),
      header<&Input::read>("x-amz-grant-read"), header<&Input::read_acp>("x-amz-grant-read-acp"),
      header<&Input::write>("x-amz-grant-write"),
      header<&Input::write_acp>("x-amz-grant-write-acp"),
      header<&Input::ownership>("x-amz-object-ownership"),
      header<&Input::object_lock>("x-amz-bucket-object-lock-enabled"));
  static constexpr auto output =
      fields(header<&Output::location>("Location"), header<&Output::arn>("x-amz-bucket-arn"));

  static bool is_directory(const Input& in) {
    return s3::kind_of_name(in.bucket) == s3::BucketKind::kDirectory;
  }
  static Status validate_directory(const Input& in, const Call& call) {
    const auto& c = in.configuration;
    if (in.acl || in.full_control || in.read || in.read_acp || in.write || in.write_acp ||
        in.ownership || in.object_lock)
      return Error{"InvalidRequest",
                   "Directory buckets have no ACLs, no other object ownership than "
                   "BucketOwnerEnforced, and no Object Lock."};
    if (!c.tags.empty()) return s3::not_implemented("Tags");
    if (c.location) return Error{"InvalidRequest", "A directory bucket has no LocationConstraint."};
    return check_directory_location(in.bucket, c.directory_location, c.directory_bucket,
                                    call.services.s3->zones());
  }
  static Status validate(const Input& in, const Call& call) {
    if (is_directory(in)) return validate_directory(in, call);
    if (in.configuration.directory_location || in.configuration.directory_bucket)
      return Error{"InvalidBucketName", "The specified bucket is not valid."}.with("BucketName",
                                                                                   in.bucket);
    if (!s3::valid_bucket_name(in.bucket))
      return Error{"InvalidBucketName", "The specified bucket is not valid."}.with("BucketName",
                                                                                   in.bucket);
    const bool ownership_known = !in.ownership || *in.ownership == "BucketOwnerEnforced" ||
                                 *in.ownership == "BucketOwnerPreferred" ||
                                 *in.ownership == "ObjectWriter";
    if (!ownership_known)
      return s3::invalid_argument("Invalid x-amz-object-ownership header: " + *in.ownership,
                                  "x-amz-object-ownership", *in.ownership);
    if ((in.acl && *in.acl != "private") || in.full_control || in.read || in.read_acp || in.write ||
        in.write_acp)
      return Error{
          "InvalidBucketAclWithObjectOwnership",
          "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"};
    if (in.ownership && *in.ownership != "BucketOwnerEnforced")
      return s3::not_implemented("x-amz-object-ownership");
    TRY_OK(tags_of(in.configuration.tags, s3::kBucketTagsMax));
    return check_location(in.configuration.location, call.services.region);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    if (is_directory(in)) {
      Demand demand = on_directory_bucket(new_bucket(in, call), "s3express:CreateBucket");
      demand.conditions.set("s3express:LocationName", std::string(*s3::zone_of_name(in.bucket)));
      return {std::move(demand)};
    }
    Demand demand;
    demand.action = "s3:CreateBucket";
    demand.resource = "arn:aws:s3:::" + in.bucket;
    demand.resource_account = call.caller.principal.account;
    set_if_sent(demand, "s3:locationconstraint", in.configuration.location);
    set_if_sent(demand, "s3:x-amz-acl", in.acl);
    set_if_sent(demand, "s3:x-amz-object-ownership", in.ownership);
    std::vector<Demand> out{demand};
    const auto also = [&](std::string action) {
      out.push_back(demand);
      out.back().action = std::move(action);
    };
    if (in.object_lock.value_or(false)) {
      also("s3:PutBucketObjectLockConfiguration");
      also("s3:PutBucketVersioning");
    }
    if (!in.configuration.tags.empty()) also("s3:TagResource");
    return out;
  }
  // Object Lock brings versioning, and neither ends.
  static Status configure_new(const Input& in, Bucket& bucket) {
    TRY(const s3::Tags tags, tags_of(in.configuration.tags, s3::kBucketTagsMax));
    const bool locked = in.object_lock.value_or(false);
    if (locked) bucket.versioning = s3::Versioning::kEnabled;
    if (locked || !tags.empty()) {
      s3::configure(bucket, [&](s3::Configurations& c) {
        c.tags = tags;
        c.object_lock = locked;
      });
    }
    return ok_status();
  }
  static Bucket new_bucket(const Input& in, const Call& call) {
    Bucket bucket;
    bucket.name = in.bucket;
    bucket.kind = s3::kind_of_name(in.bucket);
    bucket.owner = call.caller.principal.account;
    bucket.region = call.services.region;
    if (is_directory(in)) bucket.zone = *s3::zone_of_name(in.bucket);
    bucket.encryption.block_sse_c = is_directory(in) || call.services.s3->options().block_sse_c;
    return bucket;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    Bucket bucket = new_bucket(*in, call);
    CO_TRY_OK(configure_new(*in, bucket));
    Output out{.location = "/" + in->bucket, .arn = bucket.arn()};
    if (call.services.region != kFirstRegion && !is_directory(*in))
      out.location = fmt::format("http://{}.{}/", in->bucket, call.request.headers.get("host"));
    auto made = co_await call.services.s3->buckets().create(std::move(bucket), call.draft);
    const bool again = !made && made.error().code == "BucketAlreadyOwnedByYou" &&
                       call.services.region == kFirstRegion && !is_directory(*in);
    if (!made && !again) co_return std::move(made.error());
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, CreateBucket);

}  // namespace coffer::api
