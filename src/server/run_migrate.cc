// `coffer migrate`: carries a store to another directory and engine. Status 0: the target is whole;
// 1: it did not end, and the same command goes on with it; 2: it was refused.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <thread>

#include "admin/migrate.h"
#include "server/files.h"
#include "server/instance.h"
#include "server/store_options.h"
#include "server/subcommands.h"

namespace coffer::server {
namespace {

namespace fs = std::filesystem;

// What lies in a data directory beside the store, of whatever engine.
constexpr const char* kBeside[] = {"audit", "tls", "credentials"};

Error failed(const fs::path& path, const std::error_code& error) {
  return {"MigrationFailed", fmt::format("{}: {}.", path.string(), error.message())};
}

Status sync(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const std::error_code error(errno, std::generic_category());
  if (fd >= 0) ::close(fd);
  return synced ? ok_status() : Status(failed(path, error));
}

// copy_beside copies the audit log, certificates and credentials anew, synced.
Status copy_beside(const fs::path& from, const fs::path& to) {
  std::error_code error;
  for (const char* name : kBeside) {
    fs::remove_all(to / name, error);
    if (error) return failed(to / name, error);
    if (!fs::exists(from / name, error)) continue;
    fs::copy(from / name, to / name, fs::copy_options::recursive, error);
    if (error) return failed(from / name, error);
    TRY_OK(sync(to / name));
    if (!fs::is_directory(to / name)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(to / name)) {
      const fs::path source = from / fs::relative(entry.path(), to);
      fs::permissions(entry.path(), fs::status(source).permissions(), error);
      if (error) return failed(entry.path(), error);
      TRY_OK(sync(entry.path()));
    }
    fs::permissions(to / name, fs::status(from / name).permissions(), error);
  }
  return sync(to);
}

// Progress tells on standard error how far it is, every two seconds.
class Progress {
 public:
  explicit Progress(const admin::Moved& moved) : moved_(moved), thread_([this] { run(); }) {}
  ~Progress() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

 private:
  void run() {
    constexpr auto kPeriod = std::chrono::seconds(2);
    const int64_t began = Clock::monotonic_ms();
    std::unique_lock lock(mutex_);
    do {
      const double seconds = std::max<double>(1, double(Clock::monotonic_ms() - began)) / 1e3;
      const double mib = double(moved_.bytes.load()) / (1 << 20);
      fmt::print(stderr, "{} versions, {} blobs, {:.1f} MiB, {:.1f} MiB/s\n", moved_.objects.load(),
                 moved_.blobs.load(), mib, mib / seconds);
    } while (!wake_.wait_for(lock, kPeriod, [this] { return stop_; }));
  }
  const admin::Moved& moved_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

int tell(const Error& error, int status) {
  fmt::print(stderr, "coffer: {}\n", error.message);
  return status;
}

int reopen(Instance& source) {
  auto had = sync_wait(admin::reopen(source.s3().store().meta()));
  if (!had) return tell(had.error(), 1);
  fmt::print("{}\n", *had ? "The store may be served again. Never serve its copy as well."
                          : "No migration closed this store.");
  return 0;
}

int carry(Instance& source, const Config& target_config) {
  auto target = source.open_target(target_config);
  if (!target) return tell(target.error(), 2);
  admin::Migration migration(source.s3(), **target, source.random());
  auto begun = sync_wait(migration.begin());
  if (!begun) return tell(begun.error(), begun.error().code == "MigrationFailed" ? 2 : 1);
  if (!*begun) {
    fmt::print("The target is whole already.\n");
    return 0;
  }
  {
    Progress progress(migration.moved());
    if (const Status copied = sync_wait(migration.copy()); !copied.ok())
      return tell(copied.error(), 1);
  }
  source.audit().flush();
  if (const Status copied = copy_beside(source.config().data_dir, target_config.data_dir);
      !copied.ok())
    return tell(copied.error(), 1);
  if (const Status finished = sync_wait(migration.finish()); !finished.ok())
    return tell(finished.error(), 1);
  const admin::Moved& moved = migration.moved();
  fmt::print(
      "whole: this run carried {} versions, {} rows, {} inline bodies and {} blobs, {} bytes of "
      "ciphertext, each held against its hash\n",
      moved.objects.load(), moved.rows.load(), moved.bodies.load(), moved.blobs.load(),
      moved.bytes.load());
  return 0;
}

}  // namespace

int run_migrate(int argc, char** argv) {
  CLI::App app(
      "Carries a store to another directory and engine. The source is closed to servers from then "
      "on and otherwise stays as it is. What was interrupted goes on when it is run again.",
      "coffer migrate");
  Config from, to;
  bool open_again = false;
  app.add_option("--data-dir", from.data_dir, "the source: no server may work on it")->required();
  add_root_key_options(app, from);
  add_store_options(app, from, Prefix::kNone);
  auto* where = app.add_option("--to-data-dir", to.data_dir, "the next server's directory");
  add_store_options(app, to, Prefix::kTo);
  auto* again = app.add_flag("--reopen", open_again,
                             "instead: let servers open the source again and give its copy up");
  again->excludes(where);
  CLI11_PARSE(app, argc, argv);
  if (!open_again && to.data_dir.empty())
    return tell({"", "Where to? Give --to-data-dir DIR, or --reopen."}, 2);
  for (Config* config : {&from, &to}) {
    if (const Status told = check_store(*config); !told.ok()) return tell(told.error(), 2);
    std::error_code error;
    config->data_dir = fs::absolute(config->data_dir, error).lexically_normal();
  }
  Instance source(std::move(from));
  if (const Status opened = source.open_offline(); !opened.ok()) return tell(opened.error(), 2);
  return open_again ? reopen(source) : carry(source, to);
}

}  // namespace coffer::server
