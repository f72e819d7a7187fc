// CompleteMultipartUpload. Source: S3 API Reference, CompleteMultipartUpload; spec/s3.md A.12,
// A.15.
#include "base/encoding.h"
#include "s3/errors.h"
#include "s3/multipart/uploads.h"

namespace coffer::s3 {

using crypto::ChecksumAlgorithm;

// Chosen are the stored parts that the request names, in its order.
struct Uploads::Chosen {
  std::vector<std::pair<ClaimedPart, PartRecord>> parts;
  uint64_t bytes = 0;
  Bytes binary_etags;
};

namespace {
std::string_view unquote(std::string_view s) {
  if (s.size() >= 2 && s.front() == '"' && s.back() == '"') return s.substr(1, s.size() - 2);
  return s;
}

Error invalid_part(const Upload& upload, const ClaimedPart& part) {
  return Error{"InvalidPart",
               "One or more of the specified parts could not be found.  The part may not have been "
               "uploaded, or the specified entity tag may "
               "not match the part's entity tag."}
      .with("UploadId", upload.id)
      .with("PartNumber", std::to_string(part.number))
      .with("ETag", std::string(unquote(part.etag)));
}

Error too_small(const ClaimedPart& part, const PartRecord& stored) {
  return Error{"EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"}
      .with("ProposedSize", std::to_string(stored.extent.plain_bytes))
      .with("MinSizeAllowed", std::to_string(kPartBytesMin))
      .with("PartNumber", std::to_string(part.number))
      .with("ETag", stored.etag);
}

Status check_list(const std::vector<ClaimedPart>& parts, bool consecutive) {
  if (parts.empty()) return Error{"InvalidRequest", "You must specify at least one part"};
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].number < 1 || parts[i].number > kPartNumberMax)
      return invalid_argument("Part number must be an integer between 1 and 10000, inclusive",
                              "partNumber", std::to_string(parts[i].number));
    const int64_t before = i > 0 ? parts[i - 1].number : 0;
    if (parts[i].number <= before)
      return Error{
          "InvalidPartOrder",
          "The list of parts was not in ascending order. Parts must be ordered by part number."};
    // The code is (unverified).
    if (consecutive && parts[i].number != before + 1)
      return Error{"InvalidPartOrder",
                   "The list of parts was not consecutive. The parts of an upload to a directory "
                   "bucket must begin with part number 1 and be consecutive."};
  }
  return ok_status();
}
}  // namespace

Task<Result<Uploads::Chosen>> Uploads::choose(const CompleteOptions& o, const Upload& upload) {
  CO_TRY_OK(check_list(o.parts, o.bucket->value.rules().consecutive_parts));
  CO_TRY(auto stored, co_await parts_of(o.bucket, o.key, upload, 0, kPartNumberMax));
  Chosen out;
  size_t at = 0;
  for (const ClaimedPart& claim : o.parts) {
    while (at < stored.size() && stored[at].first < uint64_t(claim.number)) ++at;
    if (at == stored.size() || stored[at].first != uint64_t(claim.number) ||
        stored[at].second.etag != unquote(claim.etag))
      co_return invalid_part(upload, claim);
    out.bytes += stored[at].second.extent.plain_bytes;
    out.binary_etags += *unhex(stored[at].second.etag);
    out.parts.emplace_back(claim, std::move(stored[at].second));
  }
  for (size_t i = 0; i + 1 < out.parts.size(); ++i)
    if (out.parts[i].second.extent.plain_bytes < kPartBytesMin)
      co_return too_small(out.parts[i].first, out.parts[i].second);
  if (o.object_bytes && *o.object_bytes != out.bytes)
    co_return Error{"InvalidRequest", fmt::format("The provided 'x-amz-mp-object-size' header "
                                                  "value {} does not match what was computed: {}",
                                                  *o.object_bytes, out.bytes)};
  co_return out;
}

// check_claims holds each part's checksum, as the request repeats it, against the stored one.
Status Uploads::check_claims(const CompleteOptions& o, const Upload& upload, const Chosen& chosen,
                             const ContentKeys& keys) const {
  const UploadRecord& u = upload.record;
  if (o.checksum_type && *o.checksum_type != u.checksum_type)
    return Error{"InvalidRequest",
                 fmt::format("The upload was created using the {} checksum mode. The complete "
                             "request must use the same checksum mode.",
                             !u.checksum_algorithm                         ? "null"
                             : u.checksum_type == ChecksumType::kComposite ? "COMPOSITE"
                                                                           : "FULL_OBJECT")};
  if (!u.checksum_algorithm) return ok_status();
  const std::string name = lower(crypto::checksum_name(*u.checksum_algorithm));
  for (const auto& [claim, part] : chosen.parts) {
    auto sent = claim.checksums.find(*u.checksum_algorithm);
    if (sent == claim.checksums.end()) {
      if (u.checksum_type != ChecksumType::kComposite) continue;
      return Error{"InvalidRequest",
                   fmt::format("The upload was created using a {} checksum. The complete request "
                               "must include the checksum for each part. It "
                               "was missing for part {} in the request.",
                               name, claim.number)};
    }
    TRY(auto stored,
        d_.envelopes.open_checksum(keys, u.object_id, u.envelope.algorithm, *part.checksum));
    auto raw = unbase64(sent->second);
    if (!raw || *raw != stored.value) return invalid_part(upload, claim);
  }
  return ok_status();
}

Result<StoredChecksum> Uploads::whole_checksum(const CompleteOptions& o, const Upload& upload,
                                               const Chosen& chosen,
                                               const ContentKeys& keys) const {
  const UploadRecord& u = upload.record;
  StoredChecksum out;
  out.algorithm = u.checksum_algorithm.value_or(ChecksumAlgorithm::kCrc64Nvme);
  out.type = u.checksum_type;
  crypto::Checksum composite(out.algorithm);
  for (size_t i = 0; i < chosen.parts.size(); ++i) {
    const PartRecord& part = chosen.parts[i].second;
    TRY(auto plain,
        d_.envelopes.open_checksum(keys, u.object_id, u.envelope.algorithm, *part.checksum));
    if (out.type == ChecksumType::kComposite)
      composite.update(plain.value);
    else
      out.value = i == 0 ? plain.value
                         : crypto::combine_crc(out.algorithm, out.value, plain.value,
                                               part.extent.plain_bytes);
  }
  if (out.type == ChecksumType::kComposite) {
    out.value = composite.value();
    out.parts = uint32_t(chosen.parts.size());
  }
  for (const auto& [algorithm, text] : o.checksum) {
    std::string_view value = text;
    if (out.type == ChecksumType::kComposite) value = value.substr(0, value.find('-'));
    TRY(Bytes raw, parse_checksum(algorithm, value));
    if (algorithm != out.algorithm || raw != out.value)
      return Error{"BadDigest",
                   fmt::format("The {} you specified did not match the calculated checksum.",
                               crypto::checksum_name(algorithm))};
  }
  return out;
}

Task<Result<ObjectFacts>> Uploads::complete(const authz::RequestContext& caller, CompleteOptions o,
                                            Upload upload) {
  constexpr int kAttemptsMax = 8;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    auto done = co_await complete_once(caller, o, upload);
    if (done || !Index::changed(done.error())) co_return done;
    CO_TRY(upload, co_await find(o.bucket, o.key, upload.id));
  }
  co_return slow_down();
}

Task<Result<ObjectFacts>> Uploads::complete_once(const authz::RequestContext& caller,
                                                 CompleteOptions o, Upload upload) {
  const UploadRecord& u = upload.record;
  CO_TRY(Chosen chosen, co_await choose(o, upload));
  SealedFor what{o.bucket, o.key, u.object_id};
  if (o.customer_key) CO_TRY_OK(check_part_customer_key(u.envelope.algorithm, o.customer_key));
  CO_TRY(auto keys, co_await open_upload(caller, what, u, o.customer_key));
  const bool opened = !keys->data_key.empty();
  if (!opened && (u.checksum_algorithm || !o.checksum.empty()))
    co_return customer_key_of_part_needed();
  std::optional<StoredChecksum> checksum;
  if (opened) {
    CO_TRY_OK(check_claims(o, upload, chosen, *keys));
    CO_TRY(checksum, whole_checksum(o, upload, chosen, *keys));
  }
  NewObject object;
  Retired note{.kind = Retired::Kind::kParts};
  for (auto& [claim, part] : chosen.parts) {
    note.use(uint32_t(claim.number));
    if (part.checksum && u.checksum_algorithm) part.extent.part_checksum = part.checksum->value;
    object.extents.push_back(part.extent);
  }
  Head& h = object.head;
  h.bytes = chosen.bytes;
  h.parts = uint32_t(chosen.parts.size());
  h.etag = o.bucket->value.rules().md5_etags
               ? hex(crypto::digest(crypto::Hash::kMd5, chosen.binary_etags)) + "-" +
                     std::to_string(h.parts)
               : hex(d_.random.bytes(16));
  h.storage_class = u.storage_class;
  h.envelope = u.envelope;
  if (checksum)
    h.checksum = d_.envelopes.seal_checksum(*keys, u.object_id, u.envelope.algorithm, *checksum);
  object.metadata = u.metadata;
  Index::Completion completion{.row = upload_row(o.key, upload.id),
                               .raw = upload.raw,
                               .upload_id = u.object_id,
                               .note = std::move(note),
                               .ended = no_such_upload(upload.id)};
  ObjectFacts facts;
  facts.metadata = object.metadata;
  CO_TRY(facts.head, co_await d_.objects.finish(what, *keys, std::move(object), o.conditions,
                                                std::move(completion)));
  facts.checksum = std::move(checksum);
  co_return facts;
}

}  // namespace coffer::s3
