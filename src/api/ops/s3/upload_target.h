#pragma once
// What the operations on an upload under way share. Source: S3 User Guide, "Multipart upload API
// and permissions"; spec/s3.md A.12.
#include "api/ops/s3/checksums.h"
#include "api/ops/s3/common.h"

namespace coffer::api::s3_ops {

struct UploadName {
  ObjectName at;
  std::string upload_id;
  static constexpr auto shape() {
    return fields(group<&UploadName::at>(), query<&UploadName::upload_id>("uploadId"));
  }
};

struct UploadFacts {
  BucketPtr bucket;
  std::optional<s3::Upload> upload;  // told only to who may use it
};
Task<Result<UploadFacts>> upload_facts(Call& call, UploadName name);
// upload_of answers the upload. Error: NoSuchUpload.
Result<s3::Upload> upload_of(UploadFacts& facts, const UploadName& name);
// part_demand is s3:PutObject with the condition values that CreateMultipartUpload left: a policy
// that insists on a header is met by parts that cannot send it.
Demand part_demand(const UploadName& name, const UploadFacts& facts);
// part_customer_key answers the customer's key of a part's request, allowed by the bucket. Errors:
// as SseHeaders::on_stored; AccessDenied.
Result<s3::CustomerKeyPtr> part_customer_key(const Call& call, const SseHeaders& sse,
                                             const Bucket& bucket, std::string_view key);
// check_upload_transport refuses SSE-KMS on a connection that does not serve it.
Status check_upload_transport(const Call& call, const s3::Upload& upload);

struct PartAnswer {
  std::string etag;
  SseAnswer sse;
  ChecksumAnswer checksum;
  static constexpr auto shape() {
    return fields(header<&PartAnswer::etag>("ETag"), group<&PartAnswer::sse>(),
                  group<&PartAnswer::checksum>());
  }
};

}  // namespace coffer::api::s3_ops
