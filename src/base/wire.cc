#include "base/wire.h"

#include "base/check.h"

namespace coffer {
namespace {

void put_big_endian(Bytes& out, uint64_t v, int bytes) {
  char octets[8];
  for (int i = 0; i < bytes; ++i) octets[i] = static_cast<char>(v >> (8 * (bytes - 1 - i)));
  out.append(octets, static_cast<size_t>(bytes));
}

uint64_t big_endian(ByteView bytes) {
  uint64_t v = 0;
  for (char c : bytes) v = v << 8 | static_cast<uint8_t>(c);
  return v;
}

}  // namespace

Writer& Writer::u8(uint8_t v) {
  put_big_endian(out_, v, 1);
  return *this;
}

Writer& Writer::u16(uint16_t v) {
  put_big_endian(out_, v, 2);
  return *this;
}

Writer& Writer::u32(uint32_t v) {
  put_big_endian(out_, v, 4);
  return *this;
}

Writer& Writer::u64(uint64_t v) {
  put_big_endian(out_, v, 8);
  return *this;
}

Writer& Writer::varint(uint64_t v) {
  for (; v >= 0x80; v >>= 7) out_.push_back(static_cast<char>(v | 0x80));
  out_.push_back(static_cast<char>(v));
  return *this;
}

Writer& Writer::raw(ByteView bytes) {
  out_.append(bytes);
  return *this;
}

Writer& Writer::bytes(ByteView bytes) { return varint(bytes.size()).raw(bytes); }

uint8_t Reader::u8() { return static_cast<uint8_t>(big_endian(raw(1))); }
uint16_t Reader::u16() { return static_cast<uint16_t>(big_endian(raw(2))); }
uint32_t Reader::u32() { return static_cast<uint32_t>(big_endian(raw(4))); }
uint64_t Reader::u64() { return big_endian(raw(8)); }

// varint accepts the shortest form alone, so that a value has one encoding and sealed records
// compare as bytes.
uint64_t Reader::varint() {
  uint64_t v = 0;
  for (size_t i = 0; i < in_.size() && i < 10; ++i) {
    auto byte = static_cast<uint8_t>(in_[i]);
    if (i == 9 && byte > 1) break;  // more than 64 bits
    v |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte & 0x80) continue;
    if (byte == 0 && i > 0) break;
    in_.remove_prefix(i + 1);
    return v;
  }
  fail();
  return 0;
}

ByteView Reader::raw(size_t n) {
  if (n > in_.size()) {
    fail();
    return {};
  }
  ByteView out = in_.substr(0, n);
  in_.remove_prefix(n);
  return out;
}

ByteView Reader::bytes() {
  uint64_t n = varint();
  return raw(n);
}

size_t Reader::count(size_t each_min) {
  CHECK(each_min > 0);
  uint64_t n = varint();
  if (n > in_.size() / each_min) {
    fail();
    return 0;
  }
  return n;
}

}  // namespace coffer
