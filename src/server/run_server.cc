// `coffer server`: from the settings to the ready line, and from a signal to a clean end.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdio>

#include "base/fault.h"
#include "base/log.h"
#include "server/instance.h"
#include "server/subcommands.h"

namespace coffer::server {
namespace {

constexpr auto kRenewalCheck = std::chrono::hours(1);

// Keys live in this process: no core file and no debugger of another process may have them.
void close_process() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

// Every connection is a descriptor, and so is every open segment.
void raise_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void set_log_level(const std::string& name) {
  log::set_level(name == "debug"   ? log::Level::kDebug
                 : name == "warn"  ? log::Level::kWarn
                 : name == "error" ? log::Level::kError
                                   : log::Level::kInfo);
}

void print_welcome(const Instance& instance) {
  if (!instance.made_root_key().empty())
    fmt::print(stderr,
               "\n  A root key was made: {}\n  Without it nothing in this store can ever be read. "
               "Keep a copy apart from the data.\n\n",
               instance.made_root_key());
  fmt::print(stderr, "endpoint     {}\n", instance.endpoint());
  if (!instance.ca_path().empty()) fmt::print(stderr, "CA           {}\n", instance.ca_path());
  fmt::print(stderr, "credentials  {}\n", instance.credentials_path());
  fmt::print("ready {}\n", instance.endpoint());
  std::fflush(stdout);
}

// Watch waits for signals on the main thread.
class Watch {
 public:
  Watch(Instance& instance, int argc, char** argv) : instance_(instance), argc_(argc), argv_(argv) {
    await_signal();
    await_renewal();
  }
  void run() { io_.run(); }

 private:
  void await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      if (number != SIGHUP) {
        log::info("server.stopping");
        io_.stop();
        return;
      }
      reload();
      await_signal();
    });
  }

  void await_renewal() {
    timer_.expires_after(kRenewalCheck);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      if (const Status renewed = instance_.renew(); !renewed.ok())
        log::error("tls.not_renewed", {{"message", renewed.error().message}});
      await_renewal();
    });
  }

  void reload() {
    auto fresh = read_config(argc_, argv_);
    if (!fresh.ok() || !*fresh) {
      log::error("server.not_reloaded",
                 {{"message", fresh.ok() ? std::string() : fresh.error().message}});
      return;
    }
    set_log_level((*fresh)->log_level);
    if (const Status done = instance_.reload(**fresh); !done.ok())
      log::error("server.not_reloaded", {{"message", done.error().message}});
    else
      log::info("server.reloaded");
  }

  Instance& instance_;
  const int argc_;
  char** const argv_;
  asio::io_context io_{1};
  asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
  asio::steady_timer timer_{io_};
};

}  // namespace

int run_server(int argc, char** argv) {
  close_process();
  raise_descriptors();
  auto config = read_config(argc, argv);
  if (!config.ok()) {
    fmt::print(stderr, "coffer: {}\n", config.error().message);
    return 2;
  }
  if (!*config) return 0;
  set_log_level((*config)->log_level);
  if (const char* spec = std::getenv("COFFER_FAULT"); spec && (*config)->test_mode)
    fault::arm(spec);
  Instance instance(std::move(**config));
  if (const Status opened = instance.open(); !opened.ok()) {
    fmt::print(stderr, "coffer: {}\n", opened.error().message);
    return 1;
  }
  Watch watch(instance, argc, argv);
  print_welcome(instance);
  watch.run();
  instance.stop();
  return 0;
}

}  // namespace coffer::server
