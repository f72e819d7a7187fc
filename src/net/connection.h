#pragma once
// Connection serves one client's requests, one after another, on its loop.
#include "net/body.h"
#include "net/hub.h"
#include "net/response.h"

namespace coffer::net {

// Arrival is an accepted connection before its first byte.
struct Arrival {
  Channel::Socket socket;
  std::string ip;
  TlsContext tls;  // null: plain
  Admission admission;
};

class Connection {
 public:
  // Made, used and destroyed on the shard's loop.
  Connection(std::shared_ptr<Shard> shard, Arrival arrival);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Task<Unit> run();

  void check_deadline(int64_t now_ms) { channel_.check_deadline(now_ms); }
  void close_if_idle();
  void cut() { channel_.cut(); }

 private:
  enum class Next : unsigned char {
    kAgain,   // the next request
    kFinish,  // close: nothing more comes from the client
    kLinger,  // close, but first let the client read the answer while it still sends
    kCut,     // close at once: what was sent must not look whole
    kReset
  };
  Task<bool> handshake();
  Task<Next> serve_one();
  Task<Next> read_head(size_t& head_bytes);
  Task<Next> receive_head(int64_t deadline_ms);
  Task<Response> ask_handler();
  Task<Next> answer(Response response);
  Task<Next> refuse(Refusal refusal);
  Task<bool> send(ByteView tail);
  Task<bool> send_pieces(BodyProducer& producer, ResponseFrame frame);
  Task<Unit> end(Next how);

  // Destroyed last to first: the channel closes before the place under the limits is given back.
  const Admission admission_;
  const std::shared_ptr<Shard> shard_;
  Hub& hub_;
  Shard::Place place_;
  Channel channel_;
  InBuffer in_;
  RequestBody body_;
  Request request_;
  HeadFacts facts_;
  std::string out_;    // the header section, and what goes with it in one write
  bool idle_ = false;  // no request under way
};

// serve is the coroutine of one accepted connection.
Task<Unit> serve(std::shared_ptr<Shard> shard, Arrival arrival);

}  // namespace coffer::net
