#pragma once
// The options by which a subcommand names a store, as the server's settings do.
#include <CLI/CLI.hpp>

#include "server/config.h"

namespace coffer::server {

enum class Prefix : uint8_t { kNone, kTo };
// add_store_options adds --store, --pool and their like; after Prefix::kTo --to-store and so on,
// which the environment does not set.
void add_store_options(CLI::App& app, Config& config, Prefix prefix);
void add_root_key_options(CLI::App& app, Config& config);

}  // namespace coffer::server
