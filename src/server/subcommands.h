#pragma once
// The subcommands of `coffer`, one entry each in subcommands.cc.
#include <span>
#include <string_view>

namespace coffer::server {

struct Subcommand {
  std::string_view name, summary;
  int (*run)(int argc, char** argv);  // argv[0] is the subcommand's name; answers the exit status
};

std::span<const Subcommand> subcommands();

int run_server(int argc, char** argv);
int run_status(int argc, char** argv);
int run_explain(int argc, char** argv);
int run_keys(int argc, char** argv);
int run_audit(int argc, char** argv);
int run_fsck(int argc, char** argv);
int run_migrate(int argc, char** argv);
int run_bench(int argc, char** argv);
int run_operations(int argc, char** argv);
int run_help(int argc, char** argv);

}  // namespace coffer::server
