#pragma once
// RequestBody reads the body of one request after another from a connection, by content length or
// by chunks.
#include "net/channel.h"
#include "net/chunked.h"
#include "net/in_buffer.h"
#include "net/request_parser.h"

namespace coffer::net {

// RateMeter tells whether a client sends too slowly. Only time spent waiting for the client counts.
class RateMeter {
 public:
  explicit RateMeter(uint64_t bytes_per_s_min) : bytes_per_s_min_(bytes_per_s_min) {}
  // add answers false where the last window of 30 s of waiting brought less than the minimum.
  bool add(uint64_t bytes, int64_t waited_ms);

 private:
  static constexpr int64_t kWindowMs = 30000;
  uint64_t bytes_per_s_min_;
  uint64_t bytes_ = 0;
  int64_t waited_ms_ = 0;
};

class RequestBody final : public BodySource {
 public:
  RequestBody(Channel& channel, InBuffer& in, const Limits& limits)
      : channel_(channel), in_(in), limits_(limits), meter_(limits.body_bytes_per_s_min) {}

  void begin(const Request& request, const HeadFacts& facts);
  Task<Result<size_t>> read(MutableBytes out) override;
  std::optional<uint64_t> length() const override;

  bool done() const { return done_; }
  // may_follow tells, before the answer is written, whether the next request can be found after it:
  // what is left is known to be little, or here already. A client that was never told to go on may
  // or may not send its body, so nothing can follow.
  bool may_follow();
  // drain takes what is left off the connection; false where the limit passed first.
  Task<bool> drain();

 private:
  Task<Result<size_t>> read_sized(MutableBytes out);
  Task<Result<size_t>> read_chunked(MutableBytes out);
  // receive answers at least one byte from the socket, not from the buffer.
  Task<Result<size_t>> receive(MutableBytes out);
  Task<Result<size_t>> fill();
  Result<size_t> decode(MutableBytes out);
  Result<size_t> account(size_t n);
  Error fail(Error error);

  Channel& channel_;
  InBuffer& in_;
  const Limits& limits_;
  RateMeter meter_;
  ChunkDecoder chunks_;
  bool chunked_ = false;
  bool done_ = true;
  bool must_continue_ = false;  // the client waits for 100 Continue
  uint64_t left_ = 0;           // by content length
  uint64_t taken_ = 0;
  std::chrono::milliseconds stall_{};
  std::optional<Error> failed_;
};

}  // namespace coffer::net
