// `coffer bench`: the parts of a server, each measured by itself.
#include <CLI/CLI.hpp>

#include "admin/bench.h"
#include "server/subcommands.h"

namespace coffer::server {
namespace {

int print(const Result<std::vector<admin::BenchFigure>>& figures) {
  if (!figures.ok()) {
    fmt::print(stderr, "coffer: {}\n", figures.error().message);
    return 1;
  }
  for (const auto& figure : *figures) fmt::print("{}\n", admin::render(figure));
  return 0;
}

}  // namespace

int run_bench(int argc, char** argv) {
  CLI::App app(
      "Measures the parts of a server, each by itself. No server may run on the same cores.",
      "coffer bench");
  admin::BenchOptions options{.dir = "."};
  app.require_subcommand(1);
  const auto add = [&](const char* name, const char* help) {
    CLI::App* command = app.add_subcommand(name, help);
    command->add_option("--seconds", options.seconds, "for each figure");
    return command;
  };
  const auto add_disk = [&](const char* name, const char* help) {
    CLI::App* command = add(name, help);
    command->add_option("--dir", options.dir,
                        "a folder on the disk to measure; what is written there is removed");
    command->add_option("--bytes", options.bytes, "of a body")->check(CLI::Range(1, 4 << 20));
    return command;
  };
  const auto with_writers = [&](CLI::App* command) {
    command->add_option("--writers", options.writers, "how many write at once, as 1,8,32")
        ->delimiter(',')
        ->check(CLI::Range(1, 1024));
    return command;
  };
  const CLI::App* commits = with_writers(
      add_disk("commit-loop", "synced commits of a body and a row: RocksDB alone, then the store"));
  const CLI::App* blobs =
      with_writers(add_disk("segment-writer", "durable blobs in segment files"));
  const CLI::App* disk = add_disk("fdatasync", "the disk alone: append and fdatasync");
  add("aead", "ciphers and hashes on one core");
  CLI11_PARSE(app, argc, argv);
  if (*commits) return print(admin::bench_commits(options));
  if (*blobs) return print(admin::bench_blobs(options));
  if (*disk) return print(admin::bench_fdatasync(options));
  return print(admin::bench_crypto(options.seconds));
}

}  // namespace coffer::server
