#pragma once
// What every request that names a new object sends alike: PutObject, CopyObject,
// CreateMultipartUpload.
#include "api/ops/s3/checksums.h"
#include "api/ops/s3/object_lock.h"
#include "api/ops/s3/tagging.h"
#include "api/ops/s3/versions.h"

namespace coffer::api::s3_ops {

struct ObjectWrite {
  ObjectName at;
  SseHeaders sse;
  ContentHeaders content;
  Restrictions restrictions;
  WriteConditionHeaders conditions;
  std::optional<std::string> checksum_algorithm;  // x-amz-checksum-algorithm
  std::optional<std::string> tagging;
  LockHeaders lock;
  static constexpr auto shape() {
    using W = ObjectWrite;
    return fields(group<&W::at>(), group<&W::sse>(), group<&W::content>(),
                  group<&W::restrictions>(), group<&W::conditions>(),
                  header<&W::checksum_algorithm>("x-amz-checksum-algorithm"),
                  header<&W::tagging>("x-amz-tagging"), group<&W::lock>());
  }
};
// check_write: a write offset is for directory buckets, and for operations that append alone.
Status check_write(const ObjectWrite& in, bool may_append = false);
// object_write_facts are write_facts and what the request says of tags and lock.
Result<WriteFacts> object_write_facts(const Call& call, const ObjectWrite& in);
// write_demands are s3:PutObject, with every condition value that a write has, and what the tags
// and the lock that were sent ask for.
std::vector<Demand> write_demands(const ObjectWrite& in, const WriteFacts& facts, const Call& call);
// write_options joins request and plan. Error: that of a default which this connection does not
// serve, of the storage class, the algorithm; SSE-C where the bucket blocks it.
Result<s3::WriteOptions> write_options(const ObjectWrite& in, WriteFacts facts, const Call& call);
// note_version tells the trail, and answers, the version ID of what was written.
std::optional<std::string> note_version(Call& call, const Bucket& bucket, const s3::Head& head);
// written_answer echoes the client's own encryption context, as it was sent.
SseAnswer written_answer(const ObjectWrite& in, const s3::Envelope& envelope,
                         const s3::CustomerKeyPtr& customer_key);

}  // namespace coffer::api::s3_ops
