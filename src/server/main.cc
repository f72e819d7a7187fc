#include <fmt/format.h>

#include "server/subcommands.h"

int main(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "help";
  for (const auto& command : coffer::server::subcommands())
    if (command.name == name || (command.name == "help" && (name == "--help" || name == "-h")))
      return command.run(argc > 1 ? argc - 1 : argc, argc > 1 ? argv + 1 : argv);
  fmt::print(stderr, "coffer: there is no command '{}'; 'coffer help' lists them.\n", name);
  return 2;
}
