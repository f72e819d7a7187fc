#include "base/encoding.h"
#include "base/wire.h"
#include "s3/multipart/uploads.h"

namespace coffer::s3 {

namespace {
constexpr uint8_t kUploadVersion = 1;
constexpr uint8_t kPartVersion = 1;

// An upload's envelope is kept as an object's is, within a head of no content.
Bytes envelope_bytes(const UploadRecord& u) {
  Head h;
  h.object_id = u.object_id;
  h.envelope = u.envelope;
  h.storage_class = u.storage_class;
  h.metadata = Metadata{};
  return encode_head(h);
}
}  // namespace

std::optional<Id128> parse_upload_id(std::string_view upload_id) {
  auto raw = unbase64url(upload_id);
  if (!raw || raw->size() != sizeof(Id128)) return std::nullopt;
  return Id128::from(*raw);
}

Bytes encode_upload(const UploadRecord& u) {
  Writer w;
  w.u8(kUploadVersion).bytes(envelope_bytes(u)).bytes(encode_metadata(u.metadata));
  w.u8(u.checksum_algorithm ? uint8_t(*u.checksum_algorithm) : 0)
      .u8(uint8_t(u.checksum_type))
      .u64(uint64_t(u.initiated_ms));
  w.bytes(u.initiator_arn)
      .bytes(u.initiator_id)
      .bytes(u.sse_key_as_sent)
      .bytes(u.sse_algorithm_as_sent);
  return w.take();
}

Result<UploadRecord> decode_upload(ByteView bytes) {
  Reader r(bytes);
  if (r.u8() != kUploadVersion) return internal_error("upload row: unknown version");
  UploadRecord u;
  TRY(Head h, decode_head(r.bytes()));
  u.object_id = h.object_id;
  u.envelope = std::move(h.envelope);
  u.storage_class = std::move(h.storage_class);
  TRY(u.metadata, decode_metadata(r.bytes()));
  if (uint8_t a = r.u8()) {
    if (a > uint8_t(crypto::ChecksumAlgorithm::kSha256))
      return internal_error("upload row: malformed");
    u.checksum_algorithm = crypto::ChecksumAlgorithm(a);
  }
  u.checksum_type = ChecksumType(r.u8());
  u.initiated_ms = UnixMs(r.u64());
  u.initiator_arn = r.str();
  u.initiator_id = r.str();
  u.sse_key_as_sent = r.str();
  u.sse_algorithm_as_sent = r.str();
  if (!r.done()) return internal_error("upload row: malformed");
  return u;
}

Bytes encode_part(const PartRecord& p) {
  Writer w;
  w.u8(kPartVersion);
  encode_extent(w, p.extent);
  w.bytes(p.etag).u64(uint64_t(p.modified_ms)).u8(p.checksum ? uint8_t(p.checksum->algorithm) : 0);
  if (p.checksum) w.bytes(p.checksum->value);
  return w.take();
}

Result<PartRecord> decode_part(ByteView bytes) {
  Reader r(bytes);
  if (r.u8() != kPartVersion) return internal_error("part row: unknown version");
  PartRecord p;
  p.extent = decode_extent(r);
  p.etag = r.str();
  p.modified_ms = UnixMs(r.u64());
  if (uint8_t a = r.u8()) {
    if (a > uint8_t(crypto::ChecksumAlgorithm::kSha256))
      return internal_error("part row: malformed");
    p.checksum =
        StoredChecksum{.algorithm = crypto::ChecksumAlgorithm(a), .value = Bytes(r.bytes())};
  }
  if (!r.done()) return internal_error("part row: malformed");
  return p;
}

}  // namespace coffer::s3
