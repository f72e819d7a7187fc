#pragma once
// ChunkDecoder takes the chunked transfer coding apart (RFC 9112 section 7.1), however the bytes
// are split. Strict: CRLF ends a line, sizes have at most 16 digits, extensions and trailers are
// bounded and ignored.
#include <cstdint>

#include "base/bytes.h"

namespace coffer::net {

class ChunkDecoder {
 public:
  struct Step {
    size_t consumed = 0;  // of the input
    size_t produced = 0;  // bytes written to the output
    bool bad = false;     // not the coding: the connection cannot go on
  };
  // decode uses as much of `in` as it can until `out` is full or the body has ended.
  Step decode(ByteView in, MutableBytes out);
  bool done() const { return state_ == State::kDone; }
  // left is how many bytes of the current chunk's data are still to come; they may be taken without
  // decode(), then took().
  uint64_t left() const { return state_ == State::kData ? left_ : 0; }
  void took(uint64_t n);

 private:
  enum class State : unsigned char {
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailer,
    kTrailerLf,
    kEndLf,
    kDone,
    kBad
  };
  State next(char c);
  State size_digit(char c);
  State line_byte(char c, State stay, State after);

  State state_ = State::kSize;
  uint64_t left_ = 0;
  int digits_ = 0;
  size_t line_bytes_ = 0;  // of one extension, or of all trailers
};

}  // namespace coffer::net
