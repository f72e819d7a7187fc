#include "store/rados/rados_keys.h"

#include "base/wire.h"

namespace coffer::store::rados {

constexpr uint8_t kLocatorVersion = 0x72;
constexpr uint8_t kGarbageVersion = 1;
constexpr uint8_t kLinkVersion = 1;
constexpr size_t kWriterBytes = 8;

std::string omap_key(Kind kind, std::string_view name) {
  std::string out(1, static_cast<char>(kind));
  out += name;
  return out;
}

// A zero octet of the name is written 00 ff, and 00 01 ends the name: the order of keys is the
// order of names, and no name's rows lie within another's.
std::string counter_prefix(std::string_view name_prefix) {
  std::string out(1, static_cast<char>(Kind::kCounter));
  for (char c : name_prefix) {
    out += c;
    if (c == '\0') out += '\xff';
  }
  return out;
}

std::string counter_key(std::string_view counter, uint64_t writer) {
  std::string out = counter_prefix(counter);
  out += '\0';
  out += '\x01';
  out += Writer().u64(writer).view();
  return out;
}

std::optional<std::string> counter_of(std::string_view key) {
  if (key.size() < 1 + 2 + kWriterBytes || key[0] != static_cast<char>(Kind::kCounter))
    return std::nullopt;
  key.remove_prefix(1);
  std::string_view end = key.substr(key.size() - kWriterBytes - 2, 2);
  if (end != std::string_view("\0\x01", 2)) return std::nullopt;
  key.remove_suffix(kWriterBytes + 2);
  std::string out;
  for (size_t i = 0; i < key.size(); ++i) {
    out += key[i];
    if (key[i] == '\0' && (++i == key.size() || key[i] != '\xff')) return std::nullopt;
  }
  return out;
}

Bytes encode_count(int64_t value) { return Writer().u64(static_cast<uint64_t>(value)).take(); }

std::optional<int64_t> decode_count(ByteView bytes) {
  Reader r(bytes);
  auto value = static_cast<int64_t>(r.u64());
  return r.done() ? std::optional(value) : std::nullopt;
}

Bytes encode(const Garbage& row) {
  Writer w;
  w.u8(kGarbageVersion).u64(static_cast<uint64_t>(row.due_ms));
  store::encode(w, row.ref);
  return w.take();
}

std::optional<Garbage> decode_garbage(ByteView bytes) {
  Reader r(bytes);
  uint8_t version = r.u8();
  Garbage row{.due_ms = static_cast<int64_t>(r.u64()), .ref = decode_blob_ref(r)};
  return r.done() && version == kGarbageVersion ? std::optional(std::move(row)) : std::nullopt;
}

Bytes encode_link(const BlobRef& ref) {
  Writer w;
  w.u8(kLinkVersion);
  store::encode(w, ref);
  return w.take();
}

Bytes encode_locator(const Id128& blob) {
  return Writer().u8(kLocatorVersion).raw(blob.view()).take();
}

std::optional<Id128> decode_locator(const BlobRef& ref) {
  Reader r(ref.locator);
  uint8_t version = r.u8();
  auto blob = r.fixed<Id128>();
  return r.done() && version == kLocatorVersion ? std::optional(blob) : std::nullopt;
}

}  // namespace coffer::store::rados
