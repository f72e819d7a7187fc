#include "net/chunked.h"

#include <algorithm>
#include <cstring>

namespace coffer::net {

namespace {

constexpr size_t kExtensionBytesMax = 4096;
constexpr int kSizeDigitsMax = 16;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

}  // namespace

ChunkDecoder::Step ChunkDecoder::decode(ByteView in, MutableBytes out) {
  Step step;
  while (step.consumed < in.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      size_t n = std::min<uint64_t>({left_, in.size() - step.consumed, out.size() - step.produced});
      if (n == 0) break;
      std::memcpy(out.data() + step.produced, in.data() + step.consumed, n);
      step.consumed += n;
      step.produced += n;
      took(n);
      continue;
    }
    state_ = next(in[step.consumed++]);
    if (state_ == State::kBad) {
      step.bad = true;
      break;
    }
  }
  return step;
}

void ChunkDecoder::took(uint64_t n) {
  left_ -= n;
  if (left_ == 0) state_ = State::kDataCr;
}

ChunkDecoder::State ChunkDecoder::next(char c) {
  switch (state_) {
    case State::kSize:
      return size_digit(c);
    case State::kExtension:
      return line_byte(c, State::kExtension, State::kSizeLf);
    case State::kSizeLf:
      if (c != '\n') return State::kBad;
      digits_ = 0;
      line_bytes_ = 0;
      return left_ > 0 ? State::kData : State::kTrailerStart;
    case State::kDataCr:
      return c == '\r' ? State::kDataLf : State::kBad;
    case State::kDataLf:
      return c == '\n' ? State::kSize : State::kBad;
    case State::kTrailerStart:
      if (c == '\r') return State::kEndLf;
      if (c == ' ' || c == '\t') return State::kBad;  // a folded line
      return line_byte(c, State::kTrailer, State::kBad);
    case State::kTrailer:
      return line_byte(c, State::kTrailer, State::kTrailerLf);
    case State::kTrailerLf:
      return c == '\n' ? State::kTrailerStart : State::kBad;
    case State::kEndLf:
      return c == '\n' ? State::kDone : State::kBad;
    case State::kData:
    case State::kDone:
    case State::kBad:
      break;
  }
  return State::kBad;
}

ChunkDecoder::State ChunkDecoder::size_digit(char c) {
  int value = hex_value(c);
  if (value >= 0) {
    if (++digits_ > kSizeDigitsMax) return State::kBad;
    left_ = left_ << 4 | static_cast<uint64_t>(value);
    return State::kSize;
  }
  if (digits_ == 0) return State::kBad;
  if (c == '\r') return State::kSizeLf;
  if (c == ';' || c == ' ' || c == '\t') return State::kExtension;
  return State::kBad;
}

ChunkDecoder::State ChunkDecoder::line_byte(char c, State stay, State after) {
  if (c == '\r') return after;
  if (is_control(c) || ++line_bytes_ > kExtensionBytesMax) return State::kBad;
  return stay;
}

}  // namespace coffer::net
