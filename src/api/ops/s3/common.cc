#include "api/ops/s3/common.h"

#include <algorithm>
#include <cstring>

#include "api/ops/s3/directory.h"
#include "base/encoding.h"
#include "iam/iam.h"
#include "protocol/aws_chunked.h"
#include "s3/bucket/configuration.h"

namespace coffer::api::s3_ops {
namespace {

constexpr std::string_view kSseCondition = "s3:x-amz-server-side-encryption";
constexpr std::string_view kSseKeyCondition = "s3:x-amz-server-side-encryption-aws-kms-key-id";

constexpr std::string_view kStorageClasses[] = {
    "STANDARD",   "REDUCED_REDUNDANCY",  "STANDARD_IA", "ONEZONE_IA",
    "GLACIER_IR", "INTELLIGENT_TIERING", "GLACIER",     "DEEP_ARCHIVE"};

Status check_owner(const Bucket& bucket, const std::optional<std::string>& expected) {
  if (!expected) return ok_status();
  if (expected->size() != 12 || !parse_uint(*expected))
    return Error{
        "InvalidBucketOwnerAWSAccountID",
        fmt::format(
            "The value of the expected bucket owner parameter must be an AWS Account ID... [{}]",
            *expected)};
  if (*expected != bucket.owner) return s3::access_denied();
  return ok_status();
}

// check_public: a bucket that its policy makes public, and whose owner restricts such buckets, is
// open to the owner's account and to services alone. Source: S3 User Guide, "Blocking public access
// to your Amazon S3 storage", RestrictPublicBuckets.
Status check_public(const Call& call, const Bucket& bucket) {
  const authz::Principal& caller = call.caller.principal;
  if (caller.account == bucket.owner || caller.type == authz::PrincipalType::kService)
    return ok_status();
  const auto& block = s3::configurations(bucket).public_access_block;
  const bool closed =
      block && block->restrict_buckets && bucket.policy && bucket.policy->grants_public();
  return closed ? Status(s3::access_denied()) : ok_status();
}

std::optional<UnixMs> time_of(const std::optional<Timestamp>& t) {
  return t ? std::optional<UnixMs>(t->ms) : std::nullopt;
}

class BodyContent final : public s3::ContentSource {
 public:
  explicit BodyContent(ObjectBody& body) : body_(body) {}
  Task<Result<size_t>> read(MutableBytes out) override { return body_.read(out); }
  std::optional<std::string> trailer(std::string_view name) const override {
    return body_.trailer(name);
  }

 private:
  ObjectBody& body_;
};

class StreamContent final : public s3::ContentSource {
 public:
  explicit StreamContent(std::unique_ptr<s3::ContentStream> stream) : stream_(std::move(stream)) {}
  Task<Result<size_t>> read(MutableBytes out) override {
    if (at_ == piece_.size()) {
      CO_TRY(piece_, co_await stream_->next());
      at_ = 0;
    }
    const size_t n = std::min(out.size(), piece_.size() - at_);
    std::memcpy(out.data(), piece_.data() + at_, n);
    at_ += n;
    co_return n;
  }

 private:
  std::unique_ptr<s3::ContentStream> stream_;
  Bytes piece_;
  size_t at_ = 0;
};

class StreamProducer final : public net::BodyProducer {
 public:
  explicit StreamProducer(std::unique_ptr<s3::ContentStream> stream) : stream_(std::move(stream)) {}
  Task<Result<Bytes>> next() override { return stream_->next(); }

 private:
  std::unique_ptr<s3::ContentStream> stream_;
};

}  // namespace

Result<BucketPtr> find_bucket(const Call& call, const std::string& name,
                              const std::optional<std::string>& expected_owner) {
  BucketPtr bucket = call.services.s3->buckets().find(name);
  if (!bucket) return s3::no_such_bucket(name);
  TRY_OK(check_owner(bucket->value, expected_owner));
  TRY_OK(check_public(call, bucket->value));
  if (bucket->value.kind == s3::BucketKind::kDirectory)
    TRY_OK(admit_directory_bucket(call, bucket->value));
  return bucket;
}

Result<BucketPtr> find_bucket_of(const Call& call, const ObjectName& at) {
  TRY_OK(s3::check_key(at.key));
  return find_bucket(call, at.bucket, at.expected_owner);
}

Result<uint32_t> parse_part_number(const std::string& text) {
  auto number = parse_uint(text);
  if (!number || *number < 1 || *number > s3::kPartNumberMax)
    return s3::invalid_argument("Part number must be an integer between 1 and 10000, inclusive",
                                "partNumber", text);
  return static_cast<uint32_t>(*number);
}

Result<s3::SseRequest> SseHeaders::request() const {
  if (bucket_key && bucket_key_by_old_name && *bucket_key != *bucket_key_by_old_name)
    return s3::invalid_argument(
        "Two different values were provided for whether a bucket key is used",
        "x-amz-server-side-encryption-bucket-key-enabled", *bucket_key);
  s3::SseRequest out{.algorithm = algorithm,
                     .kms_key_id = kms_key_id,
                     .context = context,
                     .bucket_key = bucket_key ? bucket_key : bucket_key_by_old_name};
  TRY_OK(s3::check_conflict(algorithm, customer_algorithm || customer_key || customer_key_md5));
  TRY(out.customer_key,
      s3::parse_customer_key(customer_algorithm, customer_key ? &*customer_key : nullptr,
                             customer_key_md5));
  return out;
}

Result<s3::CustomerKeyPtr> SseHeaders::on_stored() const {
  TRY(s3::SseRequest sent, request());
  TRY_OK(s3::refuse_sse_header(sent));
  return std::move(sent.customer_key);
}

Status check_sse_c_allowed(const Call& call, const Bucket& bucket, std::string_view key,
                           const s3::CustomerKeyPtr& customer_key) {
  if (!customer_key || !bucket.encryption.block_sse_c) return ok_status();
  return Error{
      "AccessDenied",
      fmt::format("User: {} is not authorized to perform: s3:PutObject on resource: \"{}/{}\" "
                  "because this bucket has blocked upload requests that specify Server Side "
                  "Encryption with Customer provided keys (SSE-C). Please specify a different "
                  "server-side encryption type",
                  call.caller.principal.arn, bucket.arn(), key)};
}

SseAnswer sse_answer(const s3::Envelope& envelope, const s3::CustomerKeyPtr& customer_key) {
  SseAnswer out;
  if (envelope.algorithm == s3::Algorithm::kCustomer) {
    if (customer_key) {
      out.customer_algorithm = "AES256";
      out.customer_key_md5 = customer_key->md5;
    }
    return out;
  }
  out.service.algorithm = s3::algorithm_name(envelope.algorithm);
  if (!envelope.key_arn.empty()) out.service.kms_key_id = envelope.key_arn;
  if (envelope.bucket_key) out.service.bucket_key = true;
  return out;
}

s3::Transport transport_of(const Call& call) {
  // A caller inside the program signs nothing.
  const bool inside = call.caller.signature_version.empty() &&
                      call.caller.principal.type != authz::PrincipalType::kAnonymous;
  return {.tls = call.caller.secure_transport,
          .signature_v4 = inside || call.caller.signature_version == "AWS4-HMAC-SHA256"};
}

Result<WriteFacts> write_facts(const Call& call, const ObjectName& at, const SseHeaders& sse) {
  WriteFacts out;
  TRY(out.bucket, find_bucket_of(call, at));
  TRY(s3::SseRequest request, sse.request());
  auto planned = s3::plan(request, out.bucket->value, settled_encryption(call));
  if (!planned && out.bucket->value.kind == s3::BucketKind::kDirectory) {
    out.refusal = std::move(planned.error());
    return out;
  }
  TRY(out.plan, std::move(planned));
  if (out.plan.by_request) TRY_OK(s3::check_transport(out.plan.algorithm, transport_of(call)));
  out.key_arn = call.services.s3->envelopes().effective_key_arn(call.caller, out.plan);
  // An alias is resolved once: the key that the policies judge is the one that is used.
  if (out.key_arn && !out.plan.kms_key_id.empty()) out.plan.kms_key_id = *out.key_arn;
  return out;
}

void note_encryption(Call& call, const s3::Envelope& envelope, bool by_request) {
  audit::Event& event = call.draft.event;
  static constexpr std::string_view kApplied[] = {"SSE_S3", "SSE_KMS", "DSSE_KMS", "SSE_C"};
  const auto applied = kApplied[static_cast<size_t>(envelope.algorithm) - 1];
  event.additional.push_back(
      {"SSEApplied", fmt::format("{}{}", by_request ? "" : "Default_", applied)});
  if (envelope.algorithm == s3::Algorithm::kCustomer) return;
  event.response.push_back(
      {"x-amz-server-side-encryption", std::string(s3::algorithm_name(envelope.algorithm))});
  if (!envelope.key_arn.empty())
    event.response.push_back({"x-amz-server-side-encryption-aws-kms-key-id", envelope.key_arn});
}

Demand on_bucket(const Bucket& bucket, std::string action) {
  if (bucket.kind == s3::BucketKind::kDirectory) return on_directory_bucket(bucket, action);
  Demand out;
  out.action = std::move(action);
  out.resource = bucket.arn();
  out.resource_account = bucket.owner;
  out.rule = authz::ResourceRule::kBucketPolicy;
  out.resource_policy = bucket.policy;
  return out;
}

Demand on_object(const Bucket& bucket, std::string_view key, std::string action) {
  Demand out = on_bucket(bucket, std::move(action));
  if (bucket.kind == s3::BucketKind::kDirectory) return out;  // its objects have no ARN in policies
  out.resource += '/';
  out.resource += key;
  return out;
}

Demand may_learn_missing(const Bucket& bucket) {
  Demand out = on_bucket(bucket, "s3:ListBucket");
  out.on_missing = true;
  return out;
}

Demand read_demand(const Bucket& bucket, std::string_view key,
                   const std::optional<std::string>& version_id) {
  Demand out = on_object(bucket, key, version_id ? "s3:GetObjectVersion" : "s3:GetObject");
  set_if_sent(out, "s3:VersionId", version_id);
  return out;
}

void set_if_sent(Demand& demand, std::string_view condition_key,
                 const std::optional<std::string>& value) {
  if (value) demand.conditions.set(condition_key, *value);
}

void set_sse_conditions(Demand& demand, const std::optional<std::string>& algorithm_sent,
                        const std::optional<std::string>& key_sent,
                        const std::optional<std::string>& key_effective) {
  set_if_sent(demand, kSseCondition, algorithm_sent);
  if (key_sent || key_effective)
    demand.conditions.set_effective(kSseKeyCondition, key_effective, key_sent.has_value());
}

s3::Metadata ContentHeaders::metadata() const {
  s3::Metadata out;
  out.content_type = content_type.value_or("");
  if (out.content_type.empty()) out.content_type = "binary/octet-stream";
  if (content_encoding)
    out.content_encoding = protocol::decoded_content_encoding(*content_encoding);
  out.content_disposition = content_disposition.value_or("");
  out.content_language = content_language.value_or("");
  out.cache_control = cache_control.value_or("");
  out.expires = expires.value_or("");
  out.website_redirect_location = website_redirect_location.value_or("");
  out.user = user;
  return out;
}

Result<std::string> ContentHeaders::stored_class(s3::BucketKind kind) const {
  const std::string usual(s3::rules_of(kind).storage_class);
  if (!storage_class || *storage_class == usual) return usual;
  if (kind == s3::BucketKind::kDirectory ||
      std::find(std::begin(kStorageClasses), std::end(kStorageClasses), *storage_class) ==
          std::end(kStorageClasses))
    return Error{"InvalidStorageClass", "The storage class you specified is not valid"}.with(
        "StorageClassRequested", *storage_class);
  return *storage_class;
}

Status Restrictions::check() const {
  const bool harmless = !acl || *acl == "private" || *acl == "bucket-owner-full-control";
  if (!harmless || full_control || read || read_acp || write_acp)
    return Error{"AccessControlListNotSupported", "The bucket does not allow ACLs"};
  return ok_status();
}

s3::ReadConditions ReadConditionHeaders::conditions() const {
  return {if_match, if_none_match, time_of(if_modified_since), time_of(if_unmodified_since)};
}

s3::ReadConditions SourceConditionHeaders::conditions() const {
  return {if_match, if_none_match, time_of(if_modified_since), time_of(if_unmodified_since)};
}

void add_condition_demands(std::vector<Demand>& demands, const WriteConditionHeaders& conditions,
                           const Bucket& bucket, std::string_view key) {
  set_if_sent(demands.front(), "s3:if-match", conditions.if_match);
  set_if_sent(demands.front(), "s3:if-none-match", conditions.if_none_match);
  if (conditions.if_match) demands.push_back(on_object(bucket, key, "s3:GetObject"));
}

std::string quoted(std::string_view etag) {
  std::string out;
  out.reserve(etag.size() + 2);
  out += '"';
  out += etag;
  out += '"';
  return out;
}

std::string object_url(const Call& call, const std::string& bucket, const std::string& key) {
  const std::string_view scheme = call.request.peer.tls ? "https" : "http";
  const std::string_view host = call.request.headers.get("host");
  const std::string path = url_encode(key, true);
  if (host.starts_with(bucket + ".")) return fmt::format("{}://{}/{}", scheme, host, path);
  return fmt::format("{}://{}/{}/{}", scheme, host, bucket, path);
}

Owner owner_of(const Call& call, const std::string& account) {
  return {call.services.iam ? call.services.iam->canonical_id(account) : std::string()};
}

std::shared_ptr<s3::ContentSource> body_source(const Call& call) {
  return std::make_shared<BodyContent>(*call.body);
}

std::shared_ptr<s3::ContentSource> stream_source(std::unique_ptr<s3::ContentStream> stream) {
  return std::make_shared<StreamContent>(std::move(stream));
}

std::unique_ptr<net::BodyProducer> stream_producer(std::unique_ptr<s3::ContentStream> stream) {
  return std::make_unique<StreamProducer>(std::move(stream));
}

}  // namespace coffer::api::s3_ops
