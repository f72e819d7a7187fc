#pragma once
// What the operations of S3 share: header families as sub-structs, bucket facts, demands and their
// condition values, streams. Source: S3 API Reference, "Common request headers"; Service
// Authorization Reference, "Condition keys for Amazon S3".
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/op.h"
#include "s3/errors.h"
#include "s3/s3.h"

namespace coffer::api::s3_ops {

using protocol::Blob;
using protocol::Timestamp;
using s3::Bucket;
using s3::BucketPtr;

struct Nothing {};

// ---- What a request is about.

struct BucketName {
  std::string bucket;
  std::optional<std::string> expected_owner;
  static constexpr auto shape() {
    return fields(path<&BucketName::bucket>("Bucket"),
                  header<&BucketName::expected_owner>("x-amz-expected-bucket-owner"));
  }
};
struct ObjectName {
  std::string bucket, key;
  std::optional<std::string> expected_owner;
  static constexpr auto shape() {
    return fields(path<&ObjectName::bucket>("Bucket"), path<&ObjectName::key>("Key"),
                  header<&ObjectName::expected_owner>("x-amz-expected-bucket-owner"));
  }
};

// find_bucket answers the bucket, and writes down what a directory bucket's policies ask of its
// encryption. Errors: NoSuchBucket, told to anyone; AccessDenied where another owner was expected,
// or the caller's session is of an earlier bucket of that name.
Result<BucketPtr> find_bucket(const Call& call, const std::string& name,
                              const std::optional<std::string>& expected_owner);
inline Result<BucketPtr> find_bucket(const Call& call, const BucketName& at) {
  return find_bucket(call, at.bucket, at.expected_owner);
}
// find_bucket_of holds the key's form, too.
Result<BucketPtr> find_bucket_of(const Call& call, const ObjectName& at);

// parse_part_number: 1..10000. Error: InvalidArgument.
Result<uint32_t> parse_part_number(const std::string& text);

// ---- Encryption.

struct SseHeaders {
  std::optional<std::string> algorithm, kms_key_id, context, bucket_key, bucket_key_by_old_name;
  std::optional<std::string> customer_algorithm, customer_key_md5;
  std::optional<Secret> customer_key;
  static constexpr auto shape() {
    using H = SseHeaders;
    return fields(
        header<&H::algorithm>("x-amz-server-side-encryption"),
        header<&H::kms_key_id>("x-amz-server-side-encryption-aws-kms-key-id"),
        header<&H::context>("x-amz-server-side-encryption-context"),
        header<&H::bucket_key>("x-amz-server-side-encryption-bucket-key-enabled"),
        header<&H::bucket_key_by_old_name>("x-amz-server-side-encryption-aws-bucket-key-enabled"),
        header<&H::customer_algorithm>("x-amz-server-side-encryption-customer-algorithm"),
        header<&H::customer_key_md5>("x-amz-server-side-encryption-customer-key-MD5"),
        header<&H::customer_key>("x-amz-server-side-encryption-customer-key"));
  }
  // request: Errors InvalidArgument where the two spellings of the bucket key's header disagree;
  // those of a customer's key.
  Result<s3::SseRequest> request() const;
  // on_stored is for operations on what is encrypted already: the customer's key, if one was sent.
  // Errors: InvalidArgument where another encryption header was; those of a customer's key.
  Result<s3::CustomerKeyPtr> on_stored() const;
};

// ServiceSseAnswer tells of encryption under the service's keys or the key service's.
struct ServiceSseAnswer {
  std::optional<std::string> algorithm, kms_key_id, context;
  std::optional<bool> bucket_key;
  static constexpr auto shape() {
    using A = ServiceSseAnswer;
    return fields(header<&A::algorithm>("x-amz-server-side-encryption"),
                  header<&A::kms_key_id>("x-amz-server-side-encryption-aws-kms-key-id"),
                  header<&A::context>("x-amz-server-side-encryption-context"),
                  header<&A::bucket_key>("x-amz-server-side-encryption-bucket-key-enabled"));
  }
};
struct SseAnswer {
  ServiceSseAnswer service;
  std::optional<std::string> customer_algorithm, customer_key_md5;
  static constexpr auto shape() {
    using A = SseAnswer;
    return fields(group<&A::service>(),
                  header<&A::customer_algorithm>("x-amz-server-side-encryption-customer-algorithm"),
                  header<&A::customer_key_md5>("x-amz-server-side-encryption-customer-key-MD5"));
  }
};
// sse_answer: `customer_key` is the request's, null where it brought none.
SseAnswer sse_answer(const s3::Envelope& envelope, const s3::CustomerKeyPtr& customer_key);
// check_sse_c_allowed refuses SSE-C where the bucket blocks it. Error: AccessDenied.
Status check_sse_c_allowed(const Call& call, const Bucket& bucket, std::string_view key,
                           const s3::CustomerKeyPtr& customer_key);

// WriteFacts are what the decision on a new object rests on.
struct WriteFacts {
  BucketPtr bucket;
  s3::Plan plan;
  std::optional<std::string> key_arn;  // of the KMS key that the plan comes to
  s3::Tags tags;                       // as sent
  s3::ObjectLock lock;                 // as sent
  std::optional<Error> refusal;  // what the bucket's own encryption causes, told after permission
};
// write_facts reports what the request alone makes impossible, before any permission is looked at:
// an encryption that does not exist, SSE-KMS asked for without TLS or SigV4. What only the bucket's
// default causes comes after (check_transport).
Result<WriteFacts> write_facts(const Call& call, const ObjectName& at, const SseHeaders& sse);
s3::Transport transport_of(const Call& call);

// note_encryption tells the trail how a new object is encrypted, and whether a header or the bucket
// said so.
void note_encryption(Call& call, const s3::Envelope& envelope, bool by_request);

// ---- Demands.

Demand on_bucket(const Bucket& bucket, std::string action);
Demand on_object(const Bucket& bucket, std::string_view key, std::string action);
// may_learn_missing tells whether the caller may know that a key is not there.
Demand may_learn_missing(const Bucket& bucket);
// read_demand is the right to read a key's content; of a version by name it is a right of its own.
Demand read_demand(const Bucket& bucket, std::string_view key,
                   const std::optional<std::string>& version_id);
void set_if_sent(Demand& demand, std::string_view condition_key,
                 const std::optional<std::string>& value);
// set_sse_conditions: what was sent, and the key that it comes to (spec/s3.md B.3).
void set_sse_conditions(Demand& demand, const std::optional<std::string>& algorithm_sent,
                        const std::optional<std::string>& key_sent,
                        const std::optional<std::string>& key_effective);

// ---- Metadata and conditions.

struct ContentHeaders {
  std::optional<std::string> content_type, content_encoding, content_disposition, content_language,
      cache_control, expires;
  std::optional<std::string> website_redirect_location, storage_class;
  std::map<std::string, std::string> user;
  static constexpr auto shape() {
    using H = ContentHeaders;
    return fields(
        header<&H::content_type>("Content-Type"), header<&H::content_encoding>("Content-Encoding"),
        header<&H::content_disposition>("Content-Disposition"),
        header<&H::content_language>("Content-Language"),
        header<&H::cache_control>("Cache-Control"), header<&H::expires>("Expires"),
        header<&H::website_redirect_location>("x-amz-website-redirect-location"),
        header<&H::storage_class>("x-amz-storage-class"), prefix_headers<&H::user>("x-amz-meta-"));
  }
  s3::Metadata metadata() const;
  // stored_class answers the storage class to keep in a bucket of that kind. Error:
  // InvalidStorageClass.
  Result<std::string> stored_class(s3::BucketKind kind) const;
};

// Restrictions are headers that say what we cannot keep; to ignore them would be a lie.
struct Restrictions {
  std::optional<std::string> acl, full_control, read, read_acp, write_acp, write_offset;
  static constexpr auto shape() {
    using H = Restrictions;
    return fields(
        header<&H::acl>("x-amz-acl"), header<&H::full_control>("x-amz-grant-full-control"),
        header<&H::read>("x-amz-grant-read"), header<&H::read_acp>("x-amz-grant-read-acp"),
        header<&H::write_acp>("x-amz-grant-write-acp"),
        header<&H::write_offset>("x-amz-write-offset-bytes"));
  }
  // check, which leaves the write offset to the operation: Errors AccessControlListNotSupported,
  // NotImplemented. An ACL that says no more than the bucket's owner owns is taken.
  Status check() const;
};

struct ReadConditionHeaders {
  std::optional<std::string> if_match, if_none_match;
  std::optional<Timestamp> if_modified_since, if_unmodified_since;
  static constexpr auto shape() {
    using H = ReadConditionHeaders;
    return fields(header<&H::if_match>("If-Match"), header<&H::if_none_match>("If-None-Match"),
                  header<&H::if_modified_since>("If-Modified-Since"),
                  header<&H::if_unmodified_since>("If-Unmodified-Since"));
  }
  s3::ReadConditions conditions() const;
};
struct SourceConditionHeaders {
  std::optional<std::string> if_match, if_none_match;
  std::optional<Timestamp> if_modified_since, if_unmodified_since;
  static constexpr auto shape() {
    using H = SourceConditionHeaders;
    return fields(header<&H::if_match>("x-amz-copy-source-if-match"),
                  header<&H::if_none_match>("x-amz-copy-source-if-none-match"),
                  header<&H::if_modified_since>("x-amz-copy-source-if-modified-since"),
                  header<&H::if_unmodified_since>("x-amz-copy-source-if-unmodified-since"));
  }
  s3::ReadConditions conditions() const;
};
struct WriteConditionHeaders {
  std::optional<std::string> if_match, if_none_match;
  static constexpr auto shape() {
    return fields(header<&WriteConditionHeaders::if_match>("If-Match"),
                  header<&WriteConditionHeaders::if_none_match>("If-None-Match"));
  }
  s3::WriteConditions conditions() const { return {if_match, if_none_match}; }
};
// add_condition_demands: who makes a write depend on an ETag learns of it, and so must be allowed
// to read it.
void add_condition_demands(std::vector<Demand>& demands, const WriteConditionHeaders& conditions,
                           const Bucket& bucket, std::string_view key);

// ---- Texts.

std::string quoted(std::string_view etag);
// object_url is where an object is found, as the client named this server.
std::string object_url(const Call& call, const std::string& bucket, const std::string& key);

struct Owner {
  std::string id;
  static constexpr auto shape() { return fields(body<&Owner::id>("ID")); }
};
Owner owner_of(const Call& call, const std::string& account);

// ---- Streams.

// body_source is the request's body as content; valid for as long as the call.
std::shared_ptr<s3::ContentSource> body_source(const Call& call);
// stream_source gives a stream's pieces as content.
std::shared_ptr<s3::ContentSource> stream_source(std::unique_ptr<s3::ContentStream> stream);
std::unique_ptr<net::BodyProducer> stream_producer(std::unique_ptr<s3::ContentStream> stream);

}  // namespace coffer::api::s3_ops
