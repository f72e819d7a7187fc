#include "api/ops/s3/upload_target.h"

namespace coffer::api::s3_ops {
namespace {

std::optional<std::string> sent(const std::string& stored) {
  return stored.empty() ? std::nullopt : std::optional(stored);
}

}  // namespace

Task<Result<UploadFacts>> upload_facts(Call& call, UploadName name) {
  UploadFacts out;
  CO_TRY(out.bucket, find_bucket_of(call, name.at));
  auto found = co_await call.services.s3->uploads().find(out.bucket, name.at.key, name.upload_id);
  if (found) {
    out.upload = std::move(*found);
  } else if (found.error().code != "NoSuchUpload") {
    co_return std::move(found.error());
  }
  co_return out;
}

Result<s3::Upload> upload_of(UploadFacts& facts, const UploadName& name) {
  if (!facts.upload) return s3::no_such_upload(name.upload_id);
  return std::move(*facts.upload);
}

Demand part_demand(const UploadName& name, const UploadFacts& facts) {
  Demand out = on_object(facts.bucket->value, name.at.key, "s3:PutObject");
  if (!facts.upload) return out;
  const s3::UploadRecord& record = facts.upload->record;
  set_sse_conditions(out, sent(record.sse_algorithm_as_sent), sent(record.sse_key_as_sent),
                     sent(record.envelope.key_arn));
  return out;
}

Result<s3::CustomerKeyPtr> part_customer_key(const Call& call, const SseHeaders& sse,
                                             const Bucket& bucket, std::string_view key) {
  TRY(s3::CustomerKeyPtr out, sse.on_stored());
  TRY_OK(check_sse_c_allowed(call, bucket, key, out));
  return out;
}

Status check_upload_transport(const Call& call, const s3::Upload& upload) {
  return s3::check_transport(upload.record.envelope.algorithm, transport_of(call));
}

}  // namespace coffer::api::s3_ops
