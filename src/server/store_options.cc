#include "server/store_options.h"

namespace coffer::server {

void add_store_options(CLI::App& app, Config& config, Prefix prefix) {
  const bool to = prefix == Prefix::kTo;
  const std::pair<const char*, std::pair<const char*, std::string*>> options[] = {
      {"store", {"COFFER_STORE", &config.store}},
      {"ceph-conf", {"COFFER_CEPH_CONF", &config.ceph_conf}},
      {"ceph-user", {"COFFER_CEPH_USER", &config.ceph_user}},
      {"pool", {"COFFER_POOL", &config.pool}},
      {"store-name", {"COFFER_STORE_NAME", &config.store_name}},
  };
  for (const auto& [name, where] : options) {
    CLI::Option* option = app.add_option((to ? "--to-" : "--") + std::string(name), *where.second,
                                         to ? "as the next server's" : "as the server's");
    if (!to) option->envname(where.first);
  }
  CLI::Option* zones = app.add_option(to ? "--to-zones" : "--zones", config.zones,
                                      to ? "as the next server's" : "as the server's");
  zones->delimiter(',');
  if (!to) zones->envname("COFFER_ZONES");
}

void add_root_key_options(CLI::App& app, Config& config) {
  app.add_option("--root-key-file", config.root_key_file, "as the server's")
      ->envname("COFFER_ROOT_KEY_FILE");
  app.add_option("--root-passphrase-file", config.root_passphrase_file, "as the server's")
      ->envname("COFFER_ROOT_PASSPHRASE_FILE");
}

}  // namespace coffer::server
