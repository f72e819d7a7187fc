// `coffer fsck`: asks the running server, or opens the store itself where none runs. Status 0:
// clean; 1: damage was found; 2: it could not be checked.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "net/client.h"
#include "server/instance.h"
#include "server/subcommands.h"

namespace coffer::server {
namespace {

std::optional<int> ask_server(const std::string& data_dir, bool open) {
  net::Headers headers;
  headers.add("Host", "localhost");
  headers.add("X-Amz-Target", "Coffer.Fsck");
  headers.add("Content-Type", "application/x-amz-json-1.1");
  auto answer = net::http_over_unix(data_dir + "/admin.sock", "POST", "/", headers,
                                    open ? R"({"Open":true})" : "{}");
  if (!answer.ok()) return std::nullopt;
  const auto json = nlohmann::json::parse(answer->body, nullptr, false);
  if (answer->status != 200 || !json.is_object()) {
    fmt::print(stderr, "{}\n", answer->body);
    return 2;
  }
  fmt::print("{}", json.value("Text", ""));
  return json.value("Clean", false) ? 0 : 1;
}

int check_store(Config config, bool open) {
  Instance instance(std::move(config));
  if (const Status opened = instance.open_offline(); !opened.ok()) {
    fmt::print(stderr, "The store does not open: {}\n", opened.error().message);
    return 2;
  }
  auto report = sync_wait(instance.admin().fsck({.open = open}));
  if (!report.ok()) {
    fmt::print(stderr, "The check did not end: {}\n", report.error().message);
    return 2;
  }
  fmt::print("{}", admin::render(*report));
  return report->clean() ? 0 : 1;
}

}  // namespace

int run_fsck(int argc, char** argv) {
  CLI::App app(
      "Checks the whole store: seals, hashes, counters, blobs, records and the audit log. It "
      "changes nothing.",
      "coffer fsck");
  Config config;
  bool open = false;
  app.add_option("--data-dir", config.data_dir, "the store's directory")
      ->required()
      ->envname("COFFER_DATA_DIR");
  app.add_option("--root-key-file", config.root_key_file, "where no server runs: the root key")
      ->envname("COFFER_ROOT_KEY_FILE");
  app.add_option("--root-passphrase-file", config.root_passphrase_file,
                 "where no server runs: its passphrase");
  app.add_flag("--open", open,
               "also decrypt what SSE-S3 protects, and compare ETags and checksums");
  CLI11_PARSE(app, argc, argv);
  if (const auto status = ask_server(config.data_dir, open)) return *status;
  return check_store(std::move(config), open);
}

}  // namespace coffer::server
