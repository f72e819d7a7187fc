#include "api/ops/s3/object_answer.h"

namespace coffer::api::s3_ops {
namespace {

std::optional<std::string> shown(const std::optional<std::string>& override,
                                 const std::string& stored) {
  if (override) return override;
  return stored.empty() ? std::nullopt : std::optional(stored);
}

// may tells whether the caller is permitted what it did not ask for by name; only what it may read
// is told.
bool may(const Call& call, const Bucket& bucket, const std::string& key, const s3::Tags& tags,
         std::string action) {
  Demand demand = on_object(bucket, key, std::move(action));
  ExistingTags{.tags = tags}.set(demand);
  return authz::decide(call.caller, demand).allowed;
}

void describe_beside(const ObjectRead& in, const Bucket& bucket, const s3::Metadata& metadata,
                     const Call& call, ObjectAnswer& out) {
  const s3::ObjectLock& lock = metadata.lock;
  if (lock.retention && may(call, bucket, in.at.key, metadata.tags, "s3:GetObjectRetention")) {
    out.lock_mode = s3::lock_mode_name(lock.retention->mode);
    out.lock_until = iso8601_ms(lock.retention->until_ms);
  }
  if (lock.legal_hold && may(call, bucket, in.at.key, metadata.tags, "s3:GetObjectLegalHold"))
    out.legal_hold = *lock.legal_hold ? "ON" : "OFF";
  if (metadata.tags.empty()) return;
  if (may(call, bucket, in.at.key, metadata.tags,
          in.version_id ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging"))
    out.tags = static_cast<int64_t>(metadata.tags.size());
}

}  // namespace

Status check_read(const ObjectRead& in, const Call& call) {
  TRY_OK(in.sse.on_stored());
  if (in.range && in.part_number)
    return Error{"InvalidRequest",
                 "Cannot specify both Range header and partNumber query parameter"};
  if (in.overrides() && call.caller.principal.type == authz::PrincipalType::kAnonymous)
    return Error{"InvalidRequest",
                 "Request specific response headers cannot be used for anonymous GET requests."};
  return check_version_id(in.version_id);
}

std::vector<Demand> read_demands(const ObjectRead& in, const VersionFacts& facts) {
  const Bucket& bucket = facts.bucket->value;
  std::vector<Demand> out;
  out.reserve(2);
  out.push_back(read_demand(bucket, in.at.key, in.version_id));
  facts.existing.set(out.back());
  out.push_back(may_learn_missing(bucket));
  return out;
}

Result<s3::ReadOptions> read_options(const ObjectRead& in, const VersionFacts& facts) {
  TRY(const auto version, version_in(facts.bucket->value, in.version_id));
  s3::ReadOptions out{.bucket = facts.bucket,
                      .key = in.at.key,
                      .version = version,
                      .conditions = in.conditions.conditions(),
                      .range = in.range,
                      .judged = facts.existing.judged};
  if (in.part_number) {
    TRY(out.part_number, parse_part_number(*in.part_number));
  }
  out.checksum_mode = in.checksum_mode == "ENABLED";
  TRY(out.customer_key, in.sse.on_stored());
  return out;
}

ObjectAnswer describe(const ObjectRead& in, const Bucket& bucket, const s3::ReadAnswer& answer,
                      const s3::CustomerKeyPtr& customer_key, Call& call) {
  const s3::Head& head = answer.facts.head;
  const s3::Metadata& metadata = answer.facts.metadata;
  ObjectAnswer out;
  out.last_modified = {head.modified_ms};
  out.etag = quoted(head.etag);
  out.version_id = shown_version(bucket, head);
  out.cache_control = shown(in.cache_control, metadata.cache_control);
  out.expires = shown(in.expires, metadata.expires);
  if (answer.not_modified) {
    call.status = 304;
    return out;
  }
  out.accept_ranges = "bytes";
  out.content_type = shown(in.content_type, metadata.content_type);
  out.content_encoding = shown(in.content_encoding, metadata.content_encoding);
  out.content_disposition = shown(in.content_disposition, metadata.content_disposition);
  out.content_language = shown(in.content_language, metadata.content_language);
  out.website_redirect_location = shown({}, metadata.website_redirect_location);
  out.user = metadata.user;
  describe_beside(in, bucket, metadata, call, out);
  if (head.storage_class != "STANDARD") out.storage_class = head.storage_class;
  if (in.part_number && head.parts > 0) out.parts = head.parts;
  out.sse = sse_answer(head.envelope, customer_key);
  show(answer.facts.checksum, out.checksum);
  if (answer.range && answer.range->size > 0) {
    call.status = 206;
    out.content_range = fmt::format("bytes {}-{}/{}", answer.range->first,
                                    answer.range->first + answer.range->size - 1, head.bytes);
  }
  call.content_length = answer.size;
  return out;
}

}  // namespace coffer::api::s3_ops
