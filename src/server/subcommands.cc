#include "server/subcommands.h"

#include <fmt/format.h>

namespace coffer::server {

std::span<const Subcommand> subcommands() {
  static constexpr Subcommand kList[] = {
      {"server", "serve a store", &run_server},
      {"status", "how a running server is", &run_status},
      {"explain", "what was decided about a request, and why", &run_explain},
      {"keys", "what a key protects", &run_keys},
      {"audit", "whether the audit log holds", &run_audit},
      {"fsck", "check the whole store", &run_fsck},
      {"migrate", "carry a store to another engine", &run_migrate},
      {"bench", "the parts of a server, each measured by itself", &run_bench},
      {"operations", "what it serves", &run_operations},
      {"help", "this list", &run_help},
  };
  return kList;
}

int run_help(int, char**) {
  fmt::print("coffer COMMAND [OPTIONS]\n\n");
  for (const Subcommand& command : subcommands())
    fmt::print("  {:<12}{}\n", command.name, command.summary);
  fmt::print("\n'coffer COMMAND --help' has the options.\n");
  return 0;
}

}  // namespace coffer::server
