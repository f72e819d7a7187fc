#include "store/embedded/segment_format.h"

#include <isa-l/crc.h>

#include "base/wire.h"

namespace coffer::store::embedded {

constexpr std::string_view kSegmentMagic = "cofrSEGM";
constexpr std::string_view kBlobMagic = "cofrBLOB";
constexpr uint8_t kVersion = 1;

uint32_t crc32c(ByteView bytes) {
  auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  return ~crc32_iscsi(data, static_cast<int>(bytes.size()), 0xffffffff);
}

static Bytes seal_header(Writer& w) {
  w.u32(crc32c(w.view()));
  Bytes out = w.take();
  out.resize(kHeaderBytes, '\0');
  return out;
}

// open_header answers what lies between the version and the CRC.
static std::optional<ByteView> open_header(ByteView bytes, ByteView magic, size_t body) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with(magic)) return std::nullopt;
  size_t end = magic.size() + 1 + body;
  if (static_cast<uint8_t>(bytes[magic.size()]) != kVersion) return std::nullopt;
  if (Reader(bytes.substr(end)).u32() != crc32c(bytes.substr(0, end))) return std::nullopt;
  return bytes.substr(magic.size() + 1, body);
}

Bytes encode(const SegmentHeader& header) {
  Writer w;
  w.raw(kSegmentMagic).u8(kVersion).u8(static_cast<uint8_t>(header.kind));
  w.u64(header.store).u64(header.segment).u64(header.nonce);
  return seal_header(w);
}

Bytes encode(const BlobHeader& header) {
  Writer w;
  w.raw(kBlobMagic).u8(kVersion).u64(header.nonce).u64(header.blob).u64(header.bytes);
  return seal_header(w);
}

std::optional<SegmentHeader> decode_segment_header(ByteView bytes) {
  auto body = open_header(bytes, kSegmentMagic, 1 + 3 * sizeof(uint64_t));
  if (!body) return std::nullopt;
  Reader r(*body);
  SegmentHeader out;
  out.kind = static_cast<SegmentHeader::Kind>(r.u8());
  out.store = r.u64();
  out.segment = r.u64();
  out.nonce = r.u64();
  if (out.kind != SegmentHeader::Kind::kShared && out.kind != SegmentHeader::Kind::kOwn)
    return std::nullopt;
  return out;
}

std::optional<BlobHeader> decode_blob_header(ByteView bytes) {
  auto body = open_header(bytes, kBlobMagic, 3 * sizeof(uint64_t));
  if (!body) return std::nullopt;
  Reader r(*body);
  BlobHeader out;
  out.nonce = r.u64();
  out.blob = r.u64();
  out.bytes = r.u64();
  return out;
}

}  // namespace coffer::store::embedded
