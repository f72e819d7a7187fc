// CopyObject: the source is opened as the caller and written anew under keys of its own; a copy
// always re-encrypts. Source: S3 API Reference, CopyObject; spec/s3.md A.11.
#include "s3/errors.h"
#include "s3/object/objects.h"

namespace coffer::s3 {

namespace {
// An older version may be brought back as it is.
Status check_onto_itself(const CopyOptions& o, const StoredHead& source) {
  const bool itself = o.source_bucket->value.instance == o.target.bucket->value.instance &&
                      o.source_key == o.target.key && !source.noncurrent;
  if (!itself) return ok_status();
  const bool changes = o.replace_metadata || o.storage_class_given || o.target.plan.by_request ||
                       !o.target.metadata.website_redirect_location.empty() ||
                       o.target.bucket->value.encryption.configured ||
                       source.head.envelope.algorithm != o.target.plan.algorithm;
  if (changes) return ok_status();
  return Error{"InvalidRequest",
               "This copy request is illegal because it is trying to copy an object to itself "
               "without changing the object's metadata, "
               "storage class, website redirect location or encryption attributes."};
}
}  // namespace

Task<Result<CopyAnswer>> Objects::copy(const authz::RequestContext& caller, Transport transport,
                                       CopyOptions o, Missing missing) {
  ReadOptions read{.bucket = o.source_bucket,
                   .key = o.source_key,
                   .version = o.source_version,
                   .customer_key = o.source_customer_key,
                   .judged = o.source_judged};
  CO_TRY(auto first, co_await d_.index.find(o.source_bucket, o.source_key, o.source_version));
  if (!first) co_return missing(nullptr);
  if (first->head.delete_marker) co_return missing(&first->head);
  CO_TRY_OK(judge_read(o.source_conditions, first->head.etag, first->head.modified_ms, true));
  CO_TRY_OK(check_onto_itself(o, *first));
  if (first->head.bytes > kPutBytesMax)
    co_return Error{"InvalidRequest", fmt::format("The specified copy source is larger than the "
                                                  "maximum allowable size for a copy source: {}",
                                                  kPutBytesMax)};
  CO_TRY(ReadAnswer source, co_await get(caller, transport, read, missing));
  const Head& from = source.facts.head;
  CO_TRY_OK(judge_read(o.source_conditions, from.etag, from.modified_ms, true));
  if (!o.replace_metadata) {
    std::string redirect = std::move(o.target.metadata.website_redirect_location);
    Tags tags = std::move(o.target.metadata.tags);
    ObjectLock lock = o.target.metadata.lock;
    o.target.metadata = source.facts.metadata;
    o.target.metadata.tags = std::move(tags);
    o.target.metadata.lock = lock;  // a lock is never inherited
    o.target.metadata.website_redirect_location = std::move(redirect);
    o.target.metadata.encryption_context.clear();  // a context is never inherited
  }
  // The target's tags are the source's as they were judged.
  if (!o.replace_tags && o.target.metadata.tags != source.facts.metadata.tags)
    co_return slow_down();
  if (!o.target.checksum_algorithm && from.checksum)
    o.target.checksum_algorithm = from.checksum->algorithm;
  const uint64_t length = from.bytes;
  std::shared_ptr<ContentSource> content(static_cast<ContentReader*>(source.content.release()));
  CO_TRY(auto facts, co_await put(caller, std::move(o.target), std::move(content), length));
  co_return CopyAnswer{std::move(facts), version_text(from)};
}

}  // namespace coffer::s3
