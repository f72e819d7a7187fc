#include "net/body.h"

#include "base/clock.h"

namespace coffer::net {

namespace {

constexpr uint64_t kDrainBytesMax = 64 * 1024;
constexpr std::chrono::milliseconds kDrainMax{1000};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Error too_slow() {
  return {"RequestTimeout",
          "Your socket connection to the server was not read from or written to within the timeout "
          "period. "
          "Idle connections will be closed."};
}

Error incomplete() {
  return {"IncompleteBody",
          "You did not provide the number of bytes specified by the Content-Length HTTP header"};
}

Error bad_chunk() {
  return {"InvalidRequest", "The chunked transfer coding of the body is broken."};
}

Error too_large() {
  return {"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"};
}

}  // namespace

bool RateMeter::add(uint64_t bytes, int64_t waited_ms) {
  bytes_ += bytes;
  waited_ms_ += waited_ms;
  if (waited_ms_ < kWindowMs) return true;
  bool enough = bytes_ * 1000 >= bytes_per_s_min_ * static_cast<uint64_t>(waited_ms_);
  bytes_ = 0;
  waited_ms_ = 0;
  return enough;
}

void RequestBody::begin(const Request& request, const HeadFacts& facts) {
  meter_ = RateMeter(limits_.body_bytes_per_s_min);
  chunks_ = {};
  chunked_ = request.chunked;
  left_ = request.content_length.value_or(0);
  done_ = !chunked_ && left_ == 0;
  must_continue_ = facts.expect_continue && !done_;
  taken_ = 0;
  stall_ = limits_.body_stall;
  failed_.reset();
}

std::optional<uint64_t> RequestBody::length() const {
  if (chunked_ && !done_) return std::nullopt;
  return left_;
}

Error RequestBody::fail(Error error) {
  failed_ = error;
  return error;
}

Task<Result<size_t>> RequestBody::read(MutableBytes out) {
  if (failed_) co_return Error(*failed_);
  if (done_ || out.empty()) co_return size_t{0};
  if (std::exchange(must_continue_, false) && in_.empty()) {
    if (!co_await channel_.write_all(kContinue, {}, limits_.write_stall))
      co_return fail(incomplete());
  }
  if (channel_.should_yield()) co_await channel_.yield();
  if (chunked_) co_return co_await read_chunked(out);
  co_return co_await read_sized(out);
}

Task<Result<size_t>> RequestBody::read_sized(MutableBytes out) {
  out = out.first(std::min<uint64_t>(out.size(), left_));
  size_t n = std::min(out.size(), in_.view().size());
  if (n > 0) {
    std::memcpy(out.data(), in_.view().data(), n);
    in_.consume(n);
  } else {
    CO_TRY(n, co_await receive(out));
  }
  left_ -= n;
  done_ = left_ == 0;
  co_return n;
}

Task<Result<size_t>> RequestBody::read_chunked(MutableBytes out) {
  for (;;) {
    if (in_.empty() && chunks_.left() > 0) {
      CO_TRY(size_t n, co_await receive(out.first(std::min<uint64_t>(out.size(), chunks_.left()))));
      chunks_.took(n);
      co_return account(n);
    }
    CO_TRY(size_t n, decode(out));
    if (n > 0 || done_) co_return n;
    CO_TRY_OK(co_await fill());
  }
}

Result<size_t> RequestBody::decode(MutableBytes out) {
  ChunkDecoder::Step step = chunks_.decode(in_.view(), out);
  in_.consume(step.consumed);
  if (step.bad) return fail(bad_chunk());
  done_ = chunks_.done();
  return account(step.produced);
}

Result<size_t> RequestBody::account(size_t n) {
  taken_ += n;
  if (taken_ > limits_.body_bytes_max) return fail(too_large());
  return n;
}

Task<Result<size_t>> RequestBody::fill() {
  MutableBytes room = in_.room();
  CHECK(!room.empty());  // the decoder leaves nothing behind while its output has room
  CO_TRY(size_t n, co_await receive(room));
  in_.commit(n);
  co_return n;
}

Task<Result<size_t>> RequestBody::receive(MutableBytes out) {
  int64_t waited_ms = 0;
  for (;;) {
    IoResult result = channel_.try_read(out);
    if (result.state == IoState::kDone) {
      channel_.moved(result.size);
      if (!meter_.add(result.size, waited_ms)) co_return fail(too_slow());
      co_return result.size;
    }
    if (!result.waits()) co_return fail(incomplete());
    int64_t start = Clock::monotonic_ms();
    if (!co_await channel_.wait(result.state, stall_)) {
      co_return fail(channel_.timed_out() ? too_slow() : incomplete());
    }
    waited_ms += Clock::monotonic_ms() - start;
  }
}

bool RequestBody::may_follow() {
  if (failed_) return false;
  if (done_) return true;
  if (must_continue_) return false;
  if (!chunked_) return left_ <= kDrainBytesMax;
  char scratch[4096];
  while (!done_ && !in_.empty()) {
    if (!decode(scratch).ok()) return false;
  }
  return done_;
}

Task<bool> RequestBody::drain() {
  std::vector<char> scratch(16 * 1024);
  int64_t deadline = Clock::monotonic_ms() + kDrainMax.count();
  for (uint64_t drained = 0; !done_;) {
    int64_t left_ms = deadline - Clock::monotonic_ms();
    if (left_ms <= 0 || drained > kDrainBytesMax) co_return false;
    stall_ = std::chrono::milliseconds(left_ms);
    Result<size_t> n = co_await read(scratch);
    if (!n.ok()) co_return false;
    drained += *n;
  }
  co_return true;
}

}  // namespace coffer::net
