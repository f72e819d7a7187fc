// GetBucketAcl, PutBucketAcl, GetObjectAcl and PutObjectAcl where the bucket's owner owns every
// object (BucketOwnerEnforced): ACLs say that and nothing else. Source: S3 User Guide, "Controlling
// ownership of objects and disabling ACLs for your bucket".
#include "api/ops/s3/tagging.h"
#include "api/ops/s3/versions.h"
#include "protocol/xml_codec.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct Grantee {
  std::string id, type;
  static constexpr auto shape() {
    return fields(body<&Grantee::type>("xsi:type"), body<&Grantee::id>("ID", {.required = false}));
  }
};
struct Grant {
  Grantee grantee;
  std::string permission;
  static constexpr auto shape() {
    return fields(body<&Grant::grantee>("Grantee"), body<&Grant::permission>("Permission"));
  }
};
struct Acl {
  Owner owner;
  std::vector<Grant> grants;
  static constexpr auto shape() {
    return fields(body<&Acl::owner>("Owner"),
                  body<&Acl::grants>("AccessControlList", {.member = "Grant"}));
  }
};

Acl owner_alone(const Call& call, const Bucket& bucket) {
  const Owner owner = owner_of(call, bucket.owner);
  return {owner, {{{owner.id, "CanonicalUser"}, "FULL_CONTROL"}}};
}

Error not_supported() {
  return {"AccessControlListNotSupported", "The bucket does not allow ACLs"};
}

// check_document: an ACL that says in full what holds anyway is taken.
Status check_document(const Call& call, const Bucket& bucket, const Blob& document) {
  static constexpr auto kShape = Acl::shape();
  Acl sent;
  TRY_OK(protocol::decode_xml(document.bytes, "AccessControlPolicy", kShape, &sent));
  const std::string id = owner_of(call, bucket.owner).id;
  const bool the_same = sent.owner.id == id && sent.grants.size() == 1 &&
                        sent.grants[0].grantee.id == id &&
                        sent.grants[0].permission == "FULL_CONTROL";
  return the_same ? ok_status() : Status(not_supported());
}

struct AclHeaders {
  std::optional<std::string> acl, full_control, read, read_acp, write, write_acp;
  static constexpr auto shape() {
    using H = AclHeaders;
    return fields(
        header<&H::acl>("x-amz-acl"), header<&H::full_control>("x-amz-grant-full-control"),
        header<&H::read>("x-amz-grant-read"), header<&H::read_acp>("x-amz-grant-read-acp"),
        header<&H::write>("x-amz-grant-write"), header<&H::write_acp>("x-amz-grant-write-acp"));
  }
  bool any() const { return acl || full_control || read || read_acp || write || write_acp; }
  void set(Demand& demand) const {
    for (const auto& [key, value] : {std::pair{"s3:x-amz-acl", &acl},
                                     {"s3:x-amz-grant-full-control", &full_control},
                                     {"s3:x-amz-grant-read", &read},
                                     {"s3:x-amz-grant-read-acp", &read_acp},
                                     {"s3:x-amz-grant-write", &write},
                                     {"s3:x-amz-grant-write-acp", &write_acp}})
      set_if_sent(demand, key, *value);
  }
};

struct GetBucketAcl {
  using Input = BucketName;
  using Output = Acl;
  using Facts = BucketPtr;
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "GetBucketAcl",
                               .route = {Method::kGet, Scope::kBucket, "acl"},
                               .read_only = true,
                               .output_root = "AccessControlPolicy"};
  static constexpr auto input = Input::shape();
  static constexpr auto output = Output::shape();
  static Task<Result<Facts>> facts(const Input& in, Call& call) { co_return find_bucket(call, in); }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return {on_bucket(bucket->value, "s3:GetBucketAcl")};
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts bucket, Call& call) {
    co_return owner_alone(call, bucket->value);
  }
};

struct PutBucketAcl {
  struct Input {
    BucketName at;
    AclHeaders acl;
    std::optional<Blob> document;
  };
  using Output = Nothing;
  using Facts = BucketPtr;
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PutBucketAcl",
                               .route = {Method::kPut, Scope::kBucket, "acl"}};
  static constexpr auto input = fields(group<&Input::at>(), group<&Input::acl>(),
                                       payload<&Input::document>("AccessControlPolicy"));
  static constexpr auto output = fields();
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return find_bucket(call, in.at);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& bucket, const Call&) {
    std::vector<Demand> out{on_bucket(bucket->value, "s3:PutBucketAcl")};
    in.acl.set(out.front());
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    if (!in->document || in->acl.any()) co_return not_supported();
    CO_TRY_OK(check_document(call, bucket->value, *in->document));
    co_return Output{};
  }
};

struct GetObjectAcl {
  struct Input {
    ObjectName at;
    std::optional<std::string> version_id;
  };
  using Output = Acl;
  using Facts = VersionFacts;
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "GetObjectAcl",
                               .route = {Method::kGet, Scope::kObject, "acl"},
                               .read_only = true,
                               .data_event = true,
                               .output_root = "AccessControlPolicy"};
  static constexpr auto input = fields(group<&Input::at>(), query<&Input::version_id>("versionId"));
  static constexpr auto output = Output::shape();
  static Status validate(const Input& in, const Call&) { return check_version_id(in.version_id); }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return version_facts(call, in.at, in.version_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    const Bucket& bucket = facts.bucket->value;
    std::vector<Demand> out{
        on_object(bucket, in.at.key, in.version_id ? "s3:GetObjectVersionAcl" : "s3:GetObjectAcl")};
    set_if_sent(out.front(), "s3:VersionId", in.version_id);
    facts.existing.set(out.front());
    out.push_back(may_learn_missing(bucket));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY(const auto version, version_in(facts.bucket->value, in->version_id));
    CO_TRY(const s3::Described found, co_await call.services.s3->objects().describe(
                                          facts.bucket, in->at.key, version,
                                          missing_answer(in, call, in->at.key, in->version_id)));
    if (facts.existing.judged && !facts.existing.judged->is(found.head)) co_return s3::slow_down();
    co_return owner_alone(call, facts.bucket->value);
  }
};

struct PutObjectAcl {
  struct Input {
    ObjectName at;
    std::optional<std::string> version_id;
    AclHeaders acl;
    std::optional<Blob> document;
  };
  using Output = Nothing;
  using Facts = VersionFacts;
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PutObjectAcl",
                               .route = {Method::kPut, Scope::kObject, "acl"},
                               .data_event = true};
  static constexpr auto input =
      fields(group<&Input::at>(), query<&Input::version_id>("versionId"), group<&Input::acl>(),
             payload<&Input::document>("AccessControlPolicy"));
  static constexpr auto output = fields();
  static Status validate(const Input& in, const Call&) { return check_version_id(in.version_id); }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return version_facts(call, in.at, in.version_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    const Bucket& bucket = facts.bucket->value;
    std::vector<Demand> out{
        on_object(bucket, in.at.key, in.version_id ? "s3:PutObjectVersionAcl" : "s3:PutObjectAcl")};
    set_if_sent(out.front(), "s3:VersionId", in.version_id);
    in.acl.set(out.front());
    facts.existing.set(out.front());
    out.push_back(may_learn_missing(bucket));
    return out;
  }
  // bucket-owner-full-control is what every object has.
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY(const auto version, version_in(facts.bucket->value, in->version_id));
    CO_TRY(const s3::Described found, co_await call.services.s3->objects().describe(
                                          facts.bucket, in->at.key, version,
                                          missing_answer(in, call, in->at.key, in->version_id)));
    if (facts.existing.judged && !facts.existing.judged->is(found.head)) co_return s3::slow_down();
    if (in->acl.acl == "bucket-owner-full-control") co_return Output{};
    if (!in->document || in->acl.any()) co_return not_supported();
    CO_TRY_OK(check_document(call, facts.bucket->value, *in->document));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, GetBucketAcl);
COFFER_OPERATION(s3, PutBucketAcl);
COFFER_OPERATION(s3, GetObjectAcl);
COFFER_OPERATION(s3, PutObjectAcl);

}  // namespace coffer::api
