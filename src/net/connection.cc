#include "net/connection.h"

#include "base/clock.h"
#include "base/log.h"

namespace coffer::net {

namespace {

using std::chrono::milliseconds;

constexpr size_t kTlsRecordBytes = 16 * 1024;
constexpr size_t kKeptOutBytesMax = 32 * 1024;
constexpr int64_t kLingerMs = 1000;

Refusal too_slow() {
  return {400, "RequestTimeout",
          "Your socket connection to the server was not read from or written to within the timeout "
          "period. "
          "Idle connections will be closed."};
}

Refusal too_large() {
  return {400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"};
}

milliseconds until(int64_t deadline_ms) {
  return milliseconds(std::max<int64_t>(deadline_ms - Clock::monotonic_ms(), 0));
}

Task<Result<Bytes>> next_piece(BodyProducer& producer) {
  std::string what;
  try {
    co_return co_await producer.next();
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
    what = "unknown exception";
  }
  co_return internal_error("body producer: " + what);
}

}  // namespace

Connection::Connection(std::shared_ptr<Shard> shard, Arrival arrival)
    : admission_(std::move(arrival.admission)),
      shard_(std::move(shard)),
      hub_(*shard_->hub),
      place_(shard_->add(this)),
      channel_(std::move(arrival.socket), arrival.tls),
      in_(hub_.limits.header_bytes_max),
      body_(channel_, in_, hub_.limits) {
  request_.peer.ip = std::move(arrival.ip);
}

Connection::~Connection() { shard_->remove(place_); }

void Connection::close_if_idle() {
  if (!idle_) return;
  channel_.finish();
  channel_.cut();
}

Task<Unit> Connection::run() {
  if (channel_.tls() && !co_await handshake()) co_return Unit{};
  Next next = Next::kAgain;
  while (next == Next::kAgain) {
    next = co_await serve_one();
    if (next == Next::kAgain && (!in_.empty() || channel_.holds_received()))
      co_await channel_.yield();
  }
  co_await end(next);
  co_return Unit{};
}

Task<bool> Connection::handshake() {
  int64_t deadline_ms = Clock::monotonic_ms() + hub_.limits.handshake.count();
  idle_ = true;
  while (!hub_.stopping.load(std::memory_order_relaxed)) {
    IoResult result = channel_.try_handshake();
    if (result.state == IoState::kDone) {
      request_.peer.tls = true;
      request_.peer.tls_version = channel_.tls_version();
      request_.peer.cipher_suite = channel_.cipher_suite();
      idle_ = false;
      co_return true;
    }
    if (!result.waits() || !co_await channel_.wait(result.state, until(deadline_ms))) break;
  }
  co_return false;
}

Task<Connection::Next> Connection::serve_one() {
  size_t head_bytes = 0;
  Next next = co_await read_head(head_bytes);
  if (next != Next::kAgain) co_return next;
  std::optional<Refusal> refusal = parse_head(in_.view().substr(0, head_bytes), request_, facts_);
  in_.consume(head_bytes);
  if (!refusal && request_.content_length.value_or(0) > hub_.limits.body_bytes_max)
    refusal = too_large();
  if (refusal) co_return co_await refuse(*refusal);
  hub_.requests_total.fetch_add(1, std::memory_order_relaxed);
  body_.begin(request_, facts_);
  co_return co_await answer(co_await ask_handler());
}

// read_head waits, idle, for a first byte, then for the end of the header section; empty lines
// before it are skipped.
Task<Connection::Next> Connection::read_head(size_t& head_bytes) {
  const Limits& limits = hub_.limits;
  int64_t deadline_ms = 0;
  size_t searched = 0;
  bool begun = false;
  for (;;) {
    while (!begun && in_.view().starts_with("\r\n")) in_.consume(2);
    if (!begun && (in_.empty() || in_.view() == "\r")) {
      if (hub_.stopping.load(std::memory_order_relaxed)) co_return Next::kFinish;
      if (deadline_ms == 0) deadline_ms = Clock::monotonic_ms() + limits.idle.count();
      in_.shrink();
    } else {
      head_bytes = find_head_end(in_.view(), searched);
      if (head_bytes > 0) co_return Next::kAgain;
      if (in_.view().size() >= limits.header_bytes_max)
        co_return co_await refuse(header_too_large());
      if (!begun) deadline_ms = Clock::monotonic_ms() + limits.header.count();
      begun = true;
    }
    idle_ = !begun;
    Next next = co_await receive_head(deadline_ms);
    idle_ = false;
    if (next == Next::kCut && begun && channel_.timed_out()) co_return co_await refuse(too_slow());
    if (next == Next::kCut && channel_.timed_out()) co_return Next::kFinish;
    if (next != Next::kAgain) co_return next;
  }
}

// receive_head adds bytes to the buffer. An idle connection waits before it tries: a try would find
// nothing.
Task<Connection::Next> Connection::receive_head(int64_t deadline_ms) {
  IoState want = idle_ && !channel_.holds_received() ? IoState::kWantRead : IoState::kDone;
  for (;;) {
    if (want != IoState::kDone && !co_await channel_.wait(want, until(deadline_ms)))
      co_return Next::kCut;
    MutableBytes room = in_.room();
    IoResult result = channel_.try_read(room);
    if (result.state == IoState::kDone) {
      in_.commit(result.size);
      co_return Next::kAgain;
    }
    if (result.state == IoState::kEnd) co_return Next::kFinish;
    if (!result.waits()) co_return Next::kReset;
    want = result.state;
  }
}

Task<Response> Connection::ask_handler() {
  std::string what;
  try {
    co_return co_await hub_.handler(request_, body_);
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
    what = "unknown exception";
  }
  log::error("http.handler_exception", {{"method", request_.method}, {"what", what}});
  co_return error_response(internal_failure());
}

Task<Connection::Next> Connection::answer(Response response) {
  if (!is_sendable(response)) {
    log::error("http.bad_response",
               {{"method", request_.method}, {"status", std::to_string(response.status)}});
    response = error_response(internal_failure());
  }
  ResponseFrame frame = frame_of(response, request_.method == "HEAD", facts_.http_1_1);
  bool wanted = facts_.keep_alive && !response.close && frame.framing != Framing::kUntilClose;
  frame.keep_alive = wanted && !hub_.stopping.load(std::memory_order_relaxed) && body_.may_follow();
  out_.clear();
  append_head(out_, response, frame);
  bool sent;
  if (frame.framing == Framing::kNoBody) {
    sent = co_await send({});
  } else if (response.producer) {
    sent = co_await send_pieces(*response.producer, frame);
  } else {
    sent = co_await send(response.body);
  }
  if (out_.capacity() > kKeptOutBytesMax) std::string().swap(out_);
  if (!sent) co_return frame.framing == Framing::kUntilClose ? Next::kReset : Next::kCut;
  if (!frame.keep_alive) co_return body_.done() && in_.empty() ? Next::kFinish : Next::kLinger;
  if (!body_.done() && !co_await body_.drain()) co_return Next::kLinger;
  co_return Next::kAgain;
}

Task<Connection::Next> Connection::refuse(Refusal refusal) {
  out_.clear();
  append_whole(out_, error_response(refusal));
  bool sent = co_await send({});
  co_return sent ? Next::kLinger : Next::kCut;
}

// send writes out_ and then `tail`: in one system call without TLS, in one record with it where
// both are small.
Task<bool> Connection::send(ByteView tail) {
  if (channel_.tls() && out_.size() + tail.size() <= kTlsRecordBytes) {
    out_ += tail;
    tail = {};
  }
  ByteView head = out_;
  IoResult result = channel_.try_write(head, tail);
  if (result.state == IoState::kFailed) co_return false;
  channel_.moved(result.size);
  if (result.size == head.size() + tail.size()) co_return true;
  size_t of_head = std::min(result.size, head.size());
  head.remove_prefix(of_head);
  tail.remove_prefix(result.size - of_head);
  co_return co_await channel_.write_all(head, tail, hub_.limits.write_stall);
}

Task<bool> Connection::send_pieces(BodyProducer& producer, ResponseFrame frame) {
  uint64_t sent = 0;
  bool chunked = frame.framing == Framing::kChunked;
  while (sent != frame.length) {  // never equal where the length is unknown
    Result<Bytes> piece = co_await next_piece(producer);
    if (!piece.ok()) {
      log::warn("http.body_cut", {{"code", piece.error().code}, {"sent", std::to_string(sent)}});
      co_return false;
    }
    if (piece->empty()) break;
    sent += piece->size();
    if (frame.length && sent > *frame.length) {
      log::error("http.body_too_long", {{"length", std::to_string(*frame.length)}});
      co_return false;
    }
    if (chunked) fmt::format_to(std::back_inserter(out_), "{:x}\r\n", piece->size());
    if (channel_.should_yield()) co_await channel_.yield();
    if (!co_await send(*piece)) co_return false;
    out_.assign(chunked ? "\r\n" : "");
  }
  if (frame.length && sent != *frame.length) {
    log::error("http.body_too_short",
               {{"length", std::to_string(*frame.length)}, {"sent", std::to_string(sent)}});
    co_return false;
  }
  if (chunked) out_ += "0\r\n\r\n";
  co_return out_.empty() || co_await send({});
}

Task<Unit> Connection::end(Next how) {
  if (how == Next::kReset) channel_.reset();
  if (how == Next::kCut || how == Next::kReset) {
    channel_.cut();
    co_return Unit{};
  }
  channel_.finish();
  int64_t deadline_ms = Clock::monotonic_ms() + kLingerMs;
  while (!channel_.closed() && Clock::monotonic_ms() < deadline_ms) {
    IoResult result = channel_.try_discard();
    if (result.state == IoState::kDone) {
      how = Next::kLinger;  // the client still sends: closing now would take the answer from it
      channel_.moved(result.size);
      if (channel_.should_yield()) co_await channel_.yield();
    } else if (!result.waits() || how != Next::kLinger) {
      break;
    } else if (!co_await channel_.wait(result.state, until(deadline_ms))) {
      break;
    }
  }
  channel_.cut();
  co_return Unit{};
}

Task<Unit> serve(std::shared_ptr<Shard> shard, Arrival arrival) {
  Connection connection(std::move(shard), std::move(arrival));
  co_return co_await connection.run();
}

}  // namespace coffer::net
