#include "s3/object/record.h"

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/digest.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr uint8_t kHeadVersion = 1;     // the null version of a key that has no other
constexpr uint8_t kHeadOfVersions = 2;  // any other
constexpr uint8_t kHasVersionId = 1, kDeleteMarker = 2;
constexpr uint8_t kMetadataVersion = 1;
constexpr uint8_t kMetadataWithFields = 2;
// The numbers of a metadata row's fields: none is used twice.
constexpr uint8_t kTagsField = 1, kRetentionField = 2, kLegalHoldField = 3;
constexpr size_t kKeyBytesMax = 1024;

void encode_map(Writer& w, const std::map<std::string, std::string>& map) {
  w.varint(map.size());
  for (const auto& [name, value] : map) w.bytes(name).bytes(value);
}
std::map<std::string, std::string> decode_map(Reader& r) {
  std::map<std::string, std::string> out;
  for (size_t i = r.count(2); i > 0; --i) {
    std::string name = r.str();
    out[std::move(name)] = r.str();
  }
  return out;
}

void encode_envelope(Writer& w, const Envelope& e) {
  w.u8(uint8_t(e.algorithm)).bytes(e.key_arn).u8(e.bucket_key);
  w.bytes(e.kms_ciphertext).bytes(e.wrapped_data_key).raw(e.commitment.view());
  w.bytes(e.manifest_key_by_data_key).bytes(e.manifest_key_by_service);
  if (e.algorithm == Algorithm::kKmsDsse) w.bytes(e.inner_key);
}
Envelope decode_envelope(Reader& r) {
  Envelope e;
  e.algorithm = Algorithm(r.u8());
  e.key_arn = r.str();
  e.bucket_key = r.u8() != 0;
  e.kms_ciphertext = Bytes(r.bytes());
  e.wrapped_data_key = Bytes(r.bytes());
  e.commitment = r.fixed<Hash256>();
  e.manifest_key_by_data_key = Bytes(r.bytes());
  e.manifest_key_by_service = Bytes(r.bytes());
  if (e.algorithm == Algorithm::kKmsDsse) e.inner_key = Bytes(r.bytes());
  return e;
}

void encode_checksum(Writer& w, const std::optional<StoredChecksum>& c) {
  w.u8(c ? uint8_t(c->algorithm) : 0);
  if (c) w.u8(uint8_t(c->type)).bytes(c->value).varint(c->parts);
}
std::optional<StoredChecksum> decode_checksum(Reader& r) {
  uint8_t algorithm = r.u8();
  if (algorithm == 0) return std::nullopt;
  StoredChecksum c;
  if (algorithm > uint8_t(crypto::ChecksumAlgorithm::kSha256)) r.fail();
  c.algorithm = crypto::ChecksumAlgorithm(algorithm);
  c.type = ChecksumType(r.u8());
  c.value = Bytes(r.bytes());
  c.parts = uint32_t(r.varint());
  return c;
}

// The fields of metadata that has any, each a number and its bytes.
void encode_fields(Writer& w, const Metadata& m) {
  w.varint(size_t{!m.tags.empty()} + m.lock.retention.has_value() + m.lock.legal_hold.has_value());
  Writer value;
  if (!m.tags.empty()) {
    encode_map(value, m.tags);
    w.u8(kTagsField).bytes(value.take());
  }
  if (m.lock.retention) {
    value = Writer();
    value.u8(uint8_t(m.lock.retention->mode)).u64(uint64_t(m.lock.retention->until_ms));
    w.u8(kRetentionField).bytes(value.take());
  }
  if (m.lock.legal_hold) w.u8(kLegalHoldField).varint(1).u8(*m.lock.legal_hold);
}

Status decode_fields(Reader& r, Metadata& m) {
  for (size_t i = r.count(2); i > 0; --i) {
    const uint8_t field = r.u8();
    Reader value(r.bytes());
    if (field == kTagsField) {
      m.tags = decode_map(value);
    } else if (field == kRetentionField) {
      Retention& retention = m.lock.retention.emplace();
      retention.mode = LockMode(value.u8());
      retention.until_ms = UnixMs(value.u64());
      if (lock_mode_name(retention.mode).empty()) value.fail();
    } else if (field == kLegalHoldField) {
      m.lock.legal_hold = value.u8() != 0;
    } else {
      return internal_error("metadata row: unknown field");
    }
    if (!value.done()) return internal_error("metadata row: malformed");
  }
  return ok_status();
}

std::string with_number(std::string_view prefix, const Id128& id, uint32_t n) {
  Writer w;
  w.raw(prefix).raw(id.view()).u32(n);
  return w.take();
}
}  // namespace

Bytes encode_metadata(const Metadata& m) {
  Writer w;
  const bool has_fields = !m.tags.empty() || m.lock.any();
  w.u8(has_fields ? kMetadataWithFields : kMetadataVersion);
  for (const std::string* s :
       {&m.content_type, &m.content_encoding, &m.content_disposition, &m.content_language,
        &m.cache_control, &m.expires, &m.website_redirect_location})
    w.bytes(*s);
  encode_map(w, m.user);
  encode_map(w, m.encryption_context);
  if (has_fields) encode_fields(w, m);
  return w.take();
}

Result<Metadata> decode_metadata(ByteView bytes) {
  Reader r(bytes);
  Metadata m;
  const uint8_t version = r.u8();
  if (version != kMetadataVersion && version != kMetadataWithFields)
    return internal_error("metadata row: unknown version");
  for (std::string* s :
       {&m.content_type, &m.content_encoding, &m.content_disposition, &m.content_language,
        &m.cache_control, &m.expires, &m.website_redirect_location})
    *s = r.str();
  m.user = decode_map(r);
  m.encryption_context = decode_map(r);
  if (version == kMetadataWithFields) TRY_OK(decode_fields(r, m));
  if (!r.done()) return internal_error("metadata row: malformed");
  return m;
}

void encode_extent(Writer& w, const Extent& e) {
  w.raw(e.id.view()).varint(e.plain_bytes).raw(e.sealed_hash.view()).u8(e.in_row);
  if (!e.in_row) store::encode(w, e.blob);
  w.varint(e.part_number).bytes(e.part_checksum);
}

Extent decode_extent(Reader& r) {
  Extent e;
  e.id = r.fixed<Id128>();
  e.plain_bytes = r.varint();
  e.sealed_hash = r.fixed<Hash256>();
  e.in_row = r.u8() != 0;
  if (!e.in_row) e.blob = store::decode_blob_ref(r);
  e.part_number = uint16_t(r.varint());
  e.part_checksum = Bytes(r.bytes());
  return e;
}

// The hash runs: each extent's hash covers the one before, so that an append costs one step.
Hash256 hash_extents(const std::vector<Extent>& extents) {
  Hash256 running{};
  for (const Extent& e : extents) {
    Writer w;
    w.raw(running.view());
    encode_extent(w, e);
    running = crypto::sha256(w.view());
  }
  return running;
}

Bytes manifest(const Head& head) {
  Writer w;
  w.raw("coffer manifest 1").raw(head.object_id.view()).u64(head.bytes).u32(head.extent_count);
  w.raw(head.extents_hash.view()).raw(head.envelope.commitment.view());
  return w.take();
}

Bytes encode_head(const Head& h) {
  constexpr size_t kHeadBytesUsual = 1024;
  Writer w(kHeadBytesUsual);
  if (!h.has_version_id && !h.delete_marker && h.null_order == 0) {
    w.u8(kHeadVersion);
  } else {
    w.u8(kHeadOfVersions);
    w.u8(uint8_t((h.has_version_id ? kHasVersionId : 0) | (h.delete_marker ? kDeleteMarker : 0)));
    w.varint(h.null_order);
  }
  w.raw(h.object_id.view()).varint(h.order).varint(h.generation).u64(uint64_t(h.modified_ms));
  if (h.delete_marker) return w.take();
  w.varint(h.bytes).bytes(h.etag).varint(h.parts).bytes(h.storage_class);
  encode_envelope(w, h.envelope);
  encode_checksum(w, h.checksum);
  w.raw(h.manifest_seal.view())
      .varint(h.extent_count)
      .raw(h.extents_hash.view())
      .u8(h.extent.has_value());
  if (h.extent) encode_extent(w, *h.extent);
  w.u8(h.metadata.has_value());
  if (h.metadata)
    w.bytes(encode_metadata(*h.metadata));
  else
    w.raw(h.metadata_hash.view());
  return w.take();
}

Result<Head> decode_head(ByteView bytes) {
  Reader r(bytes);
  Head h;
  const uint8_t version = r.u8();
  if (version != kHeadVersion && version != kHeadOfVersions)
    return internal_error("object head: unknown version");
  if (version == kHeadOfVersions) {
    const uint8_t flags = r.u8();
    if (flags > (kHasVersionId | kDeleteMarker)) r.fail();
    h.has_version_id = (flags & kHasVersionId) != 0;
    h.delete_marker = (flags & kDeleteMarker) != 0;
    h.null_order = r.varint();
  }
  h.object_id = r.fixed<Id128>();
  h.order = r.varint();
  h.generation = r.varint();
  h.modified_ms = UnixMs(r.u64());
  if (h.delete_marker) {
    if (!r.done()) return internal_error("object head: malformed");
    return h;
  }
  h.bytes = r.varint();
  h.etag = r.str();
  h.parts = uint32_t(r.varint());
  h.storage_class = r.str();
  h.envelope = decode_envelope(r);
  h.checksum = decode_checksum(r);
  h.manifest_seal = r.fixed<Hash256>();
  h.extent_count = uint32_t(r.varint());
  h.extents_hash = r.fixed<Hash256>();
  if (r.u8()) h.extent = decode_extent(r);
  if (r.u8()) {
    TRY(h.metadata, decode_metadata(r.bytes()));
  } else {
    h.metadata_hash = r.fixed<Hash256>();
  }
  if (!r.done()) return internal_error("object head: malformed");
  return h;
}

std::string head_row(std::string_view key) {
  std::string out = "h/";
  out.append(key);
  out.push_back('\0');
  return out;
}
std::optional<std::string> key_of_head_row(std::string_view row) {
  if (row.size() < 4 || !row.starts_with("h/") || row.back() != '\0') return std::nullopt;
  return std::string(row.substr(2, row.size() - 3));
}
std::string version_row(std::string_view key, uint64_t order) {
  Writer w;
  w.raw("v/").raw(key).u8(0).u64(~order);
  return w.take();
}
std::optional<VersionPlace> place_of_version_row(std::string_view row) {
  constexpr size_t kAround = 2 + 1 + 8;  // v/, NUL and the order
  if (row.size() <= kAround || !row.starts_with("v/") || row[row.size() - 9] != '\0')
    return std::nullopt;
  Reader r(row.substr(row.size() - 8));
  return VersionPlace{std::string(row.substr(2, row.size() - kAround)), ~r.u64()};
}
std::string metadata_row(const Id128& id) { return "m/" + std::string(id.view()); }
std::string extents_row(const Id128& id, uint32_t n) { return with_number("x/", id, n); }
std::string body_row(const Id128& id) { return std::string(id.view()); }
std::string retired_row(char kind, const Id128& id) {
  return std::string("r/") + kind + std::string(id.view());
}
std::string upload_row(std::string_view key, std::string_view upload_id) {
  std::string out = "u/";
  out.append(key);
  out.push_back('\0');
  out.append(upload_id);
  return out;
}
std::string part_row(const Id128& id, uint32_t n) { return with_number("p/", id, n); }

Bytes row_aad(const Bucket& bucket, std::string_view row_key) {
  Bytes out(bucket.instance.view());
  out.append(row_key);
  return out;
}

Status check_key(std::string_view key) {
  if (key.size() > kKeyBytesMax)
    return Error{"KeyTooLongError", "Your key is too long"}
        .with("Size", std::to_string(key.size()))
        .with("MaxSizeAllowed", std::to_string(kKeyBytesMax));
  if (key.empty() || key.find('\0') != key.npos || !is_utf8(key))
    return Error{"InvalidURI", "Couldn't parse the specified URI."};
  return ok_status();
}

}  // namespace coffer::s3
