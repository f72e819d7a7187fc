#include "api/ops/s3/object_write.h"

namespace coffer::api::s3_ops {

Status check_write(const ObjectWrite& in, bool may_append) {
  const s3::BucketKind kind = s3::kind_of_name(in.at.bucket);
  TRY_OK(in.restrictions.check());
  const bool appends = may_append && kind == s3::BucketKind::kDirectory;
  if (in.restrictions.write_offset && !appends)
    return s3::not_implemented("x-amz-write-offset-bytes");
  TRY_OK(in.content.stored_class(kind));
  TRY_OK(parse_algorithm(in.checksum_algorithm));
  return s3::check_write_conditions(in.conditions.conditions());
}

Result<WriteFacts> object_write_facts(const Call& call, const ObjectWrite& in) {
  TRY(WriteFacts out, write_facts(call, in.at, in.sse));
  if (in.tagging) {
    TRY(out.tags, parse_tag_header(*in.tagging));
  }
  if (in.lock.any()) {
    TRY_OK(check_bucket_lock(out.bucket->value));
    TRY(out.lock, in.lock.lock(call.services.clock->business_ms()));
  }
  return out;
}

std::vector<Demand> write_demands(const ObjectWrite& in, const WriteFacts& facts,
                                  const Call& call) {
  Demand out = on_object(facts.bucket->value, in.at.key, "s3:PutObject");
  set_sse_conditions(out, in.sse.algorithm, in.sse.kms_key_id, facts.key_arn);
  set_if_sent(out, "s3:x-amz-server-side-encryption-customer-algorithm", in.sse.customer_algorithm);
  set_if_sent(out, "s3:x-amz-acl", in.restrictions.acl);
  set_if_sent(out, "s3:x-amz-storage-class", in.content.storage_class);
  set_request_tags(out, facts.tags);
  const UnixMs now_ms = call.services.clock->business_ms();
  set_lock_conditions(out, facts.lock, now_ms);
  std::vector<Demand> demands;
  demands.reserve(4);
  demands.push_back(std::move(out));
  if (!facts.tags.empty()) {
    demands.push_back(on_object(facts.bucket->value, in.at.key, "s3:PutObjectTagging"));
    set_request_tags(demands.back(), facts.tags);
  }
  add_lock_demands(demands, facts.bucket->value, in.at.key, facts.lock, now_ms);
  return demands;
}

Result<s3::WriteOptions> write_options(const ObjectWrite& in, WriteFacts facts, const Call& call) {
  if (facts.refusal) return std::move(*facts.refusal);
  TRY_OK(s3::check_transport(facts.plan.algorithm, transport_of(call)));
  TRY_OK(check_sse_c_allowed(call, facts.bucket->value, in.at.key, facts.plan.customer_key));
  s3::WriteOptions out;
  out.metadata = in.content.metadata();
  out.metadata.tags = std::move(facts.tags);
  out.metadata.lock = facts.lock;
  if (!facts.lock.retention)
    out.metadata.lock.retention =
        default_retention(facts.bucket->value, call.services.clock->business_ms());
  out.bucket = std::move(facts.bucket);
  out.key = in.at.key;
  out.plan = std::move(facts.plan);
  TRY(out.storage_class, in.content.stored_class(out.bucket->value.kind));
  TRY(out.checksum_algorithm, parse_algorithm(in.checksum_algorithm));
  out.conditions = in.conditions.conditions();
  return out;
}

std::optional<std::string> note_version(Call& call, const Bucket& bucket, const s3::Head& head) {
  auto out = shown_version(bucket, head);
  if (out) call.draft.event.response.push_back({"x-amz-version-id", *out});
  return out;
}

SseAnswer written_answer(const ObjectWrite& in, const s3::Envelope& envelope,
                         const s3::CustomerKeyPtr& customer_key) {
  SseAnswer out = sse_answer(envelope, customer_key);
  out.service.context = in.sse.context;
  return out;
}

}  // namespace coffer::api::s3_ops
