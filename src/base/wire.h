#pragma once
// Writer and Reader are the byte order of every persisted format: big-endian fixed integers, LEB128
// varints, and byte strings preceded by their length as a varint. Reader never reads past its end;
// after a failure every read answers empty or zero and ok() is false, so that a decoder checks
// once, at its end, with done().
#include <cstdint>

#include "base/bytes.h"

namespace coffer {

class Writer {
 public:
  Writer() = default;
  explicit Writer(size_t bytes_expected) { out_.reserve(bytes_expected); }
  Writer& u8(uint8_t v);
  Writer& u16(uint16_t v);
  Writer& u32(uint32_t v);
  Writer& u64(uint64_t v);
  Writer& varint(uint64_t v);
  Writer& raw(ByteView bytes);    // no length
  Writer& bytes(ByteView bytes);  // varint length, then the bytes
  const Bytes& view() const { return out_; }
  Bytes take() { return std::move(out_); }
  size_t size() const { return out_.size(); }

 private:
  Bytes out_;
};

class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}
  uint8_t u8();
  uint16_t u16();
  uint32_t u32();
  uint64_t u64();
  uint64_t varint();
  ByteView raw(size_t n);
  ByteView bytes();
  std::string str() { return std::string(bytes()); }
  template <class F>  // a FixedBytes
  F fixed() {
    return F::from(raw(sizeof(F)));
  }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && in_.empty(); }
  size_t left() const { return in_.size(); }
  // count reads a varint that announces elements of at least `each_min` bytes, and fails where they
  // cannot be there.
  size_t count(size_t each_min = 1);
  void fail() {
    ok_ = false;
    in_ = {};
  }

 private:
  ByteView in_;
  bool ok_ = true;
};

}  // namespace coffer
