#pragma once
// Frontend is what Server and UnixServer have in common: a listener whose connections it deals to
// the loops' shards.
#include "net/hub.h"
#include "net/listener.h"

namespace coffer::net {

class Frontend : public std::enable_shared_from_this<Frontend> {
 public:
  enum class Kind : unsigned char { kPlain, kTls, kUnix };
  Frontend(Loops& loops, Kind kind, Limits limits, Handler handler);

  Hub& hub() { return *hub_; }
  asio::io_context& accept_loop() { return shards_.front()->loop; }
  void start(std::shared_ptr<Listener> listener);
  static Task<bool> stop(std::shared_ptr<Frontend> self, std::chrono::milliseconds grace);
  void abandon();  // closes all, waits for nothing

 private:
  void accept(int fd, const sockaddr_storage& from);
  bool welcome(int fd);  // may this peer speak at all?
  bool quiet() const;
  void on_shards(void (Shard::*what)());

  const Kind kind_;
  const std::shared_ptr<Hub> hub_;
  std::vector<std::shared_ptr<Shard>> shards_;
  std::shared_ptr<Listener> listener_;
  size_t turn_ = 0;
};

}  // namespace coffer::net
