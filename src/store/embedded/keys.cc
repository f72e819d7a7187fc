#include "store/embedded/keys.h"

namespace coffer::store::embedded {

constexpr uint8_t kLocatorVersion = 1;
constexpr uint8_t kLinkRowVersion = 1;

Bytes row_key(const Partition& p, std::string_view key) {
  Bytes out;
  out.reserve(1 + p.name.size() + key.size());
  out.push_back(static_cast<char>(p.name.size()));
  out.append(p.name);
  out.append(key);
  return out;
}

std::string_view partition_of(std::string_view row_key) {
  if (row_key.empty()) return {};
  size_t n = static_cast<unsigned char>(row_key[0]);
  return n < row_key.size() ? row_key.substr(1, n) : std::string_view();
}

std::string_view rest_of(std::string_view row_key) {
  if (row_key.empty()) return {};
  size_t n = static_cast<unsigned char>(row_key[0]);
  return n < row_key.size() ? row_key.substr(1 + n) : std::string_view();
}

Bytes encode_locator(const Spot& spot) {
  return Writer().u8(kLocatorVersion).u64(spot.segment).u64(spot.blob).u32(spot.offset).take();
}

std::optional<Spot> decode_locator(const BlobRef& ref) {
  Reader r(ref.locator);
  uint8_t version = r.u8();
  Spot spot{.place = ref.place};
  spot.segment = r.u64();
  spot.blob = r.u64();
  spot.offset = r.u32();
  if (!r.done() || version != kLocatorVersion) return std::nullopt;
  return spot;
}

Bytes segment_prefix(std::string_view place, uint64_t segment) {
  Writer w;
  w.raw(kLinkPrefix).u8(static_cast<uint8_t>(place.size())).raw(place).u64(segment);
  return w.take();
}

Bytes link_key(const Spot& spot) {
  return Writer().raw(segment_prefix(spot.place, spot.segment)).u32(spot.offset).take();
}

std::optional<uint32_t> link_offset(std::string_view link_key) {
  if (link_key.size() < sizeof(uint32_t)) return std::nullopt;
  return Reader(link_key.substr(link_key.size() - sizeof(uint32_t))).u32();
}

Bytes encode(const LinkRow& row) {
  return Writer()
      .u8(kLinkRowVersion)
      .u8(static_cast<uint8_t>(row.state))
      .u64(row.blob)
      .varint(row.bytes)
      .varint(static_cast<uint64_t>(row.due_ms))
      .take();
}

std::optional<LinkRow> decode_link_row(ByteView bytes) {
  Reader r(bytes);
  uint8_t version = r.u8();
  LinkRow row;
  row.state = static_cast<LinkRow::State>(r.u8());
  row.blob = r.u64();
  row.bytes = r.varint();
  row.due_ms = static_cast<int64_t>(r.varint());
  bool known = row.state == LinkRow::State::kLive || row.state == LinkRow::State::kGarbage;
  if (!r.done() || version != kLinkRowVersion || !known) return std::nullopt;
  return row;
}

Bytes garbage_key(int64_t due_ms, const Spot& spot) {
  Writer w;
  w.raw(kGarbagePrefix).u64(static_cast<uint64_t>(due_ms));
  w.u8(static_cast<uint8_t>(spot.place.size())).raw(spot.place).u64(spot.segment).u32(spot.offset);
  return w.take();
}

std::optional<GarbageKey> decode_garbage_key(std::string_view key) {
  Reader r(key);
  GarbageKey out;
  if (r.raw(1) != kGarbagePrefix) return std::nullopt;
  out.due_ms = static_cast<int64_t>(r.u64());
  size_t n = r.u8();
  out.spot.place = std::string(r.raw(n));
  out.spot.segment = r.u64();
  out.spot.offset = r.u32();
  if (!r.done()) return std::nullopt;
  return out;
}

}  // namespace coffer::store::embedded
