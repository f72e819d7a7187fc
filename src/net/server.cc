#include "net/server.h"

#include "net/frontend.h"

namespace coffer::net {

struct Server::Impl {
  Options options;
  std::shared_ptr<Frontend> frontend;
  uint16_t port = 0;
};

Server::Server(Loops& loops, Options options, Handler handler) : impl_(std::make_shared<Impl>()) {
  auto kind = options.tls ? Frontend::Kind::kTls : Frontend::Kind::kPlain;
  impl_->frontend = std::make_shared<Frontend>(loops, kind, options.limits, std::move(handler));
  impl_->options = std::move(options);
}

Server::~Server() { impl_->frontend->abandon(); }

Status Server::set_tls(const TlsFiles& files) {
  TRY(TlsContext context, make_tls_context(files));
  impl_->frontend->hub().set_tls(std::move(context));
  return ok_status();
}

Status Server::listen() {
  const Options& options = impl_->options;
  TRY(std::shared_ptr<Listener> listener,
      Listener::tcp(impl_->frontend->accept_loop(), options.address, options.port));
  impl_->port = listener->port();
  impl_->frontend->start(std::move(listener));
  return ok_status();
}

uint16_t Server::port() const { return impl_->port; }

Task<bool> Server::stop(std::chrono::milliseconds grace) {
  return Frontend::stop(impl_->frontend, grace);
}

size_t Server::connections() const { return impl_->frontend->hub().connections.load(); }

struct UnixServer::Impl {
  std::string path;
  std::shared_ptr<Frontend> frontend;
};

UnixServer::UnixServer(Loops& loops, std::string path, Limits limits, Handler handler)
    : impl_(std::make_shared<Impl>()) {
  impl_->path = std::move(path);
  impl_->frontend =
      std::make_shared<Frontend>(loops, Frontend::Kind::kUnix, limits, std::move(handler));
}

UnixServer::~UnixServer() { impl_->frontend->abandon(); }

Status UnixServer::listen() {
  TRY(std::shared_ptr<Listener> listener,
      Listener::unix_socket(impl_->frontend->accept_loop(), impl_->path));
  impl_->frontend->start(std::move(listener));
  return ok_status();
}

Task<bool> UnixServer::stop(std::chrono::milliseconds grace) {
  return Frontend::stop(impl_->frontend, grace);
}

}  // namespace coffer::net
