#include "s3/object/objects.h"

#include "base/encoding.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr int kReadAttemptsMax = 8;

Status check_metadata(const Metadata& m) {
  size_t bytes = 0;
  for (const auto& [name, value] : m.user) bytes += name.size() + value.size();
  if (bytes > kUserMetadataBytesMax)
    return Error{"MetadataTooLarge",
                 "Your metadata headers exceed the maximum allowed metadata size"}
        .with("Size", std::to_string(bytes))
        .with("MaxSizeAllowed", std::to_string(kUserMetadataBytesMax));
  return ok_status();
}

// certainly_refused: the commit was never sent, or cannot have been applied.
bool certainly_refused(const Error& e) {
  return e.code == "PreconditionFailed" || e.code == "NoSuchKey" || e.code == "NoSuchBucket" ||
         e.code == "MetadataTooLarge";
}

Error invalid_range(std::string_view asked, uint64_t bytes) {
  return Error{"InvalidRange", "The requested range is not satisfiable"}
      .with("ActualObjectSize", std::to_string(bytes))
      .with("RangeRequested", std::string(asked));
}

Error invalid_part(uint32_t asked, uint32_t parts) {
  return Error{"InvalidPartNumber", "The requested partnumber is not satisfiable"}
      .with("ActualPartCount", std::to_string(parts))
      .with("PartNumberRequested", std::to_string(asked));
}

// part_range finds the bytes of a part. An object that was put whole is its own part 1.
Result<ByteRange> part_range(const std::vector<Extent>& extents, const Head& head,
                             uint32_t number) {
  if (head.parts == 0) {
    if (number != 1) return invalid_part(number, 1);
    return ByteRange{0, head.bytes};
  }
  if (number < 1 || number > extents.size()) return invalid_part(number, uint32_t(extents.size()));
  ByteRange r;
  for (uint32_t i = 0; i + 1 < number; ++i) r.first += extents[i].plain_bytes;
  r.size = extents[number - 1].plain_bytes;
  return r;
}
}  // namespace

Result<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t bytes) {
  std::string_view spec = trim(header);
  if (!spec.starts_with("bytes=") || spec.find(',') != spec.npos) return std::optional<ByteRange>();
  spec.remove_prefix(6);
  const size_t dash = spec.find('-');
  if (dash == spec.npos) return std::optional<ByteRange>();
  const std::string_view from = trim(spec.substr(0, dash)), to = trim(spec.substr(dash + 1));
  if (from.empty()) {
    auto tail = parse_uint(to);
    if (!tail) return std::optional<ByteRange>();
    if (*tail == 0 || bytes == 0) return invalid_range(header, bytes);
    const uint64_t size = std::min(*tail, bytes);
    return std::optional<ByteRange>(ByteRange{bytes - size, size});
  }
  auto first = parse_uint(from);
  auto last = to.empty() ? std::optional<uint64_t>(UINT64_MAX) : parse_uint(to);
  if (!first || !last || *last < *first) return std::optional<ByteRange>();
  if (*first >= bytes) return invalid_range(header, bytes);
  return std::optional<ByteRange>(ByteRange{*first, std::min(*last, bytes - 1) - *first + 1});
}

std::string Objects::new_etag(bool md5, Integrity& integrity, Random& random) {
  return hex(md5 ? integrity.md5() : random.bytes(16));
}

Task<Result<Head>> Objects::finish(const SealedFor& what, const ContentKeys& keys, NewObject object,
                                   WriteConditions conditions,
                                   std::optional<Index::Completion> completion) {
  Head& h = object.head;
  h.object_id = what.object_id;
  h.extent_count = uint32_t(object.extents.size());
  h.extents_hash = hash_extents(object.extents);
  h.manifest_seal = Envelopes::seal_manifest(keys.manifest_key, h);
  Index::Judge judge;
  if (conditions.any()) {
    judge = [conditions, key = what.key](const std::optional<StoredHead>& current) {
      const bool there = current && !current->head.delete_marker;
      return judge_write(
          conditions, there ? std::optional<std::string>(current->head.etag) : std::nullopt, key);
    };
  }
  co_return co_await d_.index.put(what.bucket, what.key, std::move(object), std::move(judge),
                                  std::move(completion));
}

Task<Result<ObjectFacts>> Objects::put(const authz::RequestContext& caller, WriteOptions o,
                                       std::shared_ptr<ContentSource> source,
                                       std::optional<uint64_t> length) {
  if (length > kPutBytesMax)
    co_return Error{"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"}
        .with("ProposedSize", std::to_string(*length))
        .with("MaxSizeAllowed", std::to_string(kPutBytesMax));
  CO_TRY_OK(check_metadata(o.metadata));
  SealedFor what{o.bucket, o.key, d_.random.id128()};
  const Algorithm algorithm = o.plan.algorithm;
  o.metadata.encryption_context = o.plan.context;
  CO_TRY(auto made, co_await d_.envelopes.make(caller, what, o.plan));
  auto stored = o.checksum_algorithm.value_or(
      o.claims.algorithm.value_or(crypto::ChecksumAlgorithm::kCrc64Nvme));
  const bool md5 = etag_is_md5(o.bucket->value, algorithm);
  Integrity integrity(o.claims, stored, md5);
  CO_TRY(auto written, co_await write_extent(d_.store, o.bucket->value.place(), made.keys, *source,
                                             length, integrity, d_.random));
  NewObject object;
  object.head.bytes = written.extent.plain_bytes;
  object.head.etag = new_etag(md5, integrity, d_.random);
  object.head.storage_class = o.storage_class;
  object.head.envelope = std::move(made.envelope);
  StoredChecksum plain{.algorithm = stored, .value = integrity.checksum()};
  object.head.checksum = d_.envelopes.seal_checksum(*made.keys, what.object_id, algorithm, plain);
  object.metadata = std::move(o.metadata);
  object.extents.push_back(written.extent);
  if (written.body)
    object.bodies.push_back({body_row(written.extent.id), std::move(*written.body)});
  else
    object.new_blobs.push_back(written.extent.blob);
  ObjectFacts facts;
  facts.metadata = object.metadata;
  auto done = co_await finish(what, *made.keys, std::move(object), o.conditions, std::nullopt);
  if (!done) {
    if (!written.body && certainly_refused(done.error()))
      d_.store.blobs().give_up(written.extent.blob);
    co_return std::move(done.error());
  }
  facts.head = std::move(*done);
  facts.checksum = std::move(plain);
  co_return facts;
}

Task<Result<ReadAnswer>> Objects::get(const authz::RequestContext& caller, Transport transport,
                                      ReadOptions o, Missing missing) {
  // An overwrite between the head and what lies beside it: read again.
  for (int attempt = 0;; ++attempt) {
    auto answer = co_await get_once(caller, transport, o, missing);
    if (answer || attempt == kReadAttemptsMax) co_return answer;
    if (!Index::gone(answer.error()) && !ContentReader::gone(answer.error())) co_return answer;
  }
}

Task<Result<ReadAnswer>> Objects::get_once(const authz::RequestContext& caller, Transport transport,
                                           ReadOptions o, Missing missing) {
  CO_TRY(auto current, co_await d_.index.find(o.bucket, o.key, o.version));
  if (!current) co_return missing(nullptr);
  if (current->head.delete_marker) co_return missing(&current->head);
  ReadAnswer answer;
  answer.facts.head = std::move(current->head);
  const Head& h = answer.facts.head;
  if (o.judged && !o.judged->is(h)) co_return slow_down();
  CO_TRY_OK(check_customer_key(h.envelope.algorithm, o.customer_key));
  CO_TRY_OK(check_transport(h.envelope.algorithm, transport));
  CO_TRY(ReadOutcome outcome, judge_read(o.conditions, h.etag, h.modified_ms, false));
  answer.not_modified = outcome == ReadOutcome::kNotModified;
  CO_TRY(answer.facts.metadata, co_await d_.index.metadata(o.bucket, o.key, h));
  if (answer.not_modified) co_return answer;
  ByteRange range{0, h.bytes};
  if (o.range && !o.part_number) {
    CO_TRY(answer.range, parse_range(*o.range, h.bytes));
    if (answer.range) range = *answer.range;
  }
  SealedFor what{o.bucket, o.key, h.object_id};
  CO_TRY(auto keys,
         co_await d_.envelopes.open(caller, what, h.envelope,
                                    answer.facts.metadata.encryption_context, o.customer_key));
  CO_TRY_OK(Envelopes::check_manifest(what, *keys, h));
  CO_TRY(auto extents, co_await d_.index.extents(o.bucket, o.key, h));
  if (o.part_number) {
    CO_TRY(range, part_range(extents, h, *o.part_number));
    answer.range = range;
  }
  if (o.checksum_mode && h.checksum && !answer.range) {
    CO_TRY(answer.facts.checksum,
           d_.envelopes.open_checksum(*keys, h.object_id, h.envelope.algorithm, *h.checksum));
  } else if (o.checksum_mode && h.checksum && o.part_number &&
             h.checksum->type == ChecksumType::kComposite) {
    answer.facts.checksum = StoredChecksum{.algorithm = h.checksum->algorithm,
                                           .type = ChecksumType::kComposite,
                                           .value = extents[*o.part_number - 1].part_checksum};
    CO_TRY(answer.facts.checksum,
           d_.envelopes.open_checksum(*keys, h.object_id, h.envelope.algorithm,
                                      *answer.facts.checksum));
  }
  answer.size = range.size;
  auto reader = std::make_unique<ContentReader>(d_.store, o.bucket, o.key, std::move(keys),
                                                std::move(extents), range.first, range.size);
  CO_TRY_OK(co_await reader->start());
  answer.content = std::move(reader);
  co_return answer;
}

Task<Result<ReadAnswer>> Objects::head(const authz::RequestContext& caller, Transport transport,
                                       ReadOptions o, Missing missing) {
  for (int attempt = 0;; ++attempt) {
    CO_TRY(auto current, co_await d_.index.find(o.bucket, o.key, o.version));
    if (!current) co_return missing(nullptr);
    if (current->head.delete_marker) co_return missing(&current->head);
    ReadAnswer answer;
    answer.facts.head = std::move(current->head);
    const Head& h = answer.facts.head;
    if (o.judged && !o.judged->is(h)) co_return slow_down();
    CO_TRY_OK(check_customer_key(h.envelope.algorithm, o.customer_key));
    CO_TRY(ReadOutcome outcome, judge_read(o.conditions, h.etag, h.modified_ms, false));
    answer.not_modified = outcome == ReadOutcome::kNotModified;
    auto metadata = co_await d_.index.metadata(o.bucket, o.key, h);
    if (!metadata && Index::gone(metadata.error()) && attempt < kReadAttemptsMax) continue;
    if (!metadata) co_return std::move(metadata.error());
    answer.facts.metadata = std::move(*metadata);
    answer.size = h.bytes;
    if (answer.not_modified) co_return answer;
    if (o.part_number) {
      auto extents = co_await d_.index.extents(o.bucket, o.key, h);
      if (!extents && Index::gone(extents.error()) && attempt < kReadAttemptsMax) continue;
      if (!extents) co_return std::move(extents.error());
      CO_TRY(answer.range, part_range(*extents, h, *o.part_number));
      answer.size = answer.range->size;
    } else if (o.range) {
      CO_TRY(answer.range, parse_range(*o.range, h.bytes));
      if (answer.range) answer.size = answer.range->size;
    }
    // A checksum is told only to who may use the key; under SSE-C so is everything.
    const bool tells_checksum = o.checksum_mode && h.checksum && !answer.range;
    if (tells_checksum || h.envelope.algorithm == Algorithm::kCustomer) {
      SealedFor what{o.bucket, o.key, h.object_id};
      CO_TRY_OK(check_transport(h.envelope.algorithm, transport));
      CO_TRY(auto keys,
             co_await d_.envelopes.open(caller, what, h.envelope,
                                        answer.facts.metadata.encryption_context, o.customer_key));
      if (tells_checksum) {
        CO_TRY(answer.facts.checksum,
               d_.envelopes.open_checksum(*keys, h.object_id, h.envelope.algorithm, *h.checksum));
      }
    }
    co_return answer;
  }
}

Task<Result<std::optional<Head>>> Objects::remove(BucketPtr bucket, std::string key,
                                                  std::optional<VersionId> version,
                                                  RemoveOptions options) {
  const BucketPtr now = d_.index.present(bucket);
  if (!now) co_return no_such_bucket(bucket->value.name);
  if (!version && now->value.versioning == Versioning::kNever) version = VersionId{};
  Index::Judge judge;
  if (options.conditions.any()) {
    judge = [c = options.conditions, kind = bucket->value.kind,
             key](const std::optional<StoredHead>& current) {
      const Head* head = current && !current->head.delete_marker ? &current->head : nullptr;
      const auto etag = head ? std::optional(head->etag) : std::nullopt;
      if (kind == BucketKind::kGeneralPurpose)
        return judge_write({.if_match = c.if_match}, etag, key);
      return judge_delete(c, etag, head ? head->modified_ms : 0, head ? head->bytes : 0);
    };
  }
  if (version)
    co_return co_await d_.index.remove(std::move(bucket), std::move(key), *version,
                                       std::move(judge), options.bypass_governance);
  NewObject marker;
  marker.head.object_id = d_.random.id128();
  marker.head.delete_marker = true;
  CO_TRY(Head done, co_await d_.index.put(std::move(bucket), std::move(key), std::move(marker),
                                          std::move(judge), std::nullopt));
  co_return std::optional<Head>(std::move(done));
}

}  // namespace coffer::s3
