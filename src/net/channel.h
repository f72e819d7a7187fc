#pragma once
// Channel is one connected socket, with TLS or without. Its operations never block: they do what is
// possible now, and wait() is how a coroutine waits for more, under a deadline that the loop's tick
// watches. One coroutine uses a channel at a time, on the loop of its socket. TLS works on the
// socket itself, without Asio's pair of memory buffers, which cost a tenth of the throughput.
#include <boost/asio/generic/stream_protocol.hpp>
#include <chrono>

#include "net/tls.h"

namespace coffer::net {

enum class IoState : unsigned char { kDone, kWantRead, kWantWrite, kEnd, kFailed };

struct IoResult {
  IoState state = IoState::kFailed;
  size_t size = 0;
  bool waits() const { return state == IoState::kWantRead || state == IoState::kWantWrite; }
};

class Channel {
 public:
  using Socket = asio::generic::stream_protocol::socket;
  using Milliseconds = std::chrono::milliseconds;

  Channel(Socket socket, const TlsContext& tls);  // `tls` null: none
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  bool tls() const { return session_ != nullptr; }
  std::string tls_version() const;
  std::string cipher_suite() const;

  IoResult try_handshake();
  IoResult try_read(MutableBytes out);
  // try_write sends a prefix of a, then b.
  IoResult try_write(ByteView a, ByteView b = {});
  bool holds_received() const;  // try_read may succeed without the socket

  // wait answers false where the deadline passed (timed_out()) or the channel was cut.
  Task<bool> wait(IoState want, Milliseconds at_most);
  // write_all sends a, then b, yielding now and then; `stall` bounds each wait. False: the peer is
  // gone or too slow.
  Task<bool> write_all(ByteView a, ByteView b, Milliseconds stall);
  // yield lets other connections of the loop run once this one has moved 64 KiB without waiting.
  Task<bool> yield();
  void moved(size_t bytes) { burst_bytes_ += bytes; }
  bool should_yield() const { return burst_bytes_ >= kBurstBytes; }

  bool timed_out() const { return timed_out_; }
  void check_deadline(int64_t now_ms);
  void finish();           // says that nothing more will be sent: TLS close_notify, FIN
  IoResult try_discard();  // takes raw bytes off the socket, unread; after finish()
  void cut();              // closes at once; without close_notify
  void reset();            // closes with RST
  bool closed() const { return !socket_.is_open(); }

 private:
  static constexpr size_t kBurstBytes = 64 * 1024;
  IoResult tls_result(int outcome, size_t size);

  Socket socket_;
  TlsSession session_;
  size_t burst_bytes_ = 0;
  int64_t deadline_ms_ = 0;  // 0: none
  bool timed_out_ = false;
};

}  // namespace coffer::net
