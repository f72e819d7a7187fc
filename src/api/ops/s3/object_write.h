#pragma once
// What every request that names a new object sends alike: PutObject, CopyObject,
// CreateMultipartUpload.
#include "api/ops/s3/checksums.h"
#include "api/ops/s3/versions.h"

namespace coffer::api::s3_ops {

struct ObjectWrite {
  ObjectName at;
  SseHeaders sse;
  ContentHeaders content;
  Restrictions restrictions;
  WriteConditionHeaders conditions;
  std::optional<std::string> checksum_algorithm;  // x-amz-checksum-algorithm
  static constexpr auto shape() {
    using W = ObjectWrite;
    return fields(group<&W::at>(), group<&W::sse>(), group<&W::content>(),
                  group<&W::restrictions>(), group<&W::conditions>(),
                  header<&W::checksum_algorithm>("x-amz-checksum-algorithm"));
  }
};
// check_write: a write offset is for directory buckets, and for operations that append alone.
Status check_write(const ObjectWrite& in, bool may_append = false);
// write_demand is s3:PutObject with every condition value that a write has.
Demand write_demand(const ObjectWrite& in, const WriteFacts& facts);
// write_options joins request and plan. Error: that of a default which this connection does not
// serve, of the storage class, the algorithm; SSE-C where the bucket blocks it.
Result<s3::WriteOptions> write_options(const ObjectWrite& in, WriteFacts facts, const Call& call);
// note_version tells the trail, and answers, the version ID of what was written.
std::optional<std::string> note_version(Call& call, const Bucket& bucket, const s3::Head& head);
// written_answer echoes the client's own encryption context, as it was sent.
SseAnswer written_answer(const ObjectWrite& in, const s3::Envelope& envelope,
                         const s3::CustomerKeyPtr& customer_key);

}  // namespace coffer::api::s3_ops
