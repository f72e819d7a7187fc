// `coffer fsck`: asks the running server, or opens the store itself where none runs. Status 0:
// clean; 1: damage was found; 2: it could not be checked.
#include <nlohmann/json.hpp>

#include "net/client.h"
#include "server/instance.h"
#include "server/store_options.h"
#include "server/subcommands.h"

namespace coffer::server {
namespace {

// Asked is what to check: everything, or one object.
struct Asked {
  bool open = false;
  std::string object;  // "s3://bucket/key"; empty: everything
  std::string bucket, key;
  std::optional<std::string> version_id;
};

bool split(Asked& asked) {
  constexpr std::string_view kScheme = "s3://";
  const std::string_view object = asked.object;
  const size_t slash = object.find('/', kScheme.size());
  if (!object.starts_with(kScheme) || slash == object.npos || slash + 1 == object.size())
    return false;
  asked.bucket = object.substr(kScheme.size(), slash - kScheme.size());
  asked.key = object.substr(slash + 1);
  return true;
}

std::optional<int> ask_server(const std::string& data_dir, const Asked& asked) {
  const bool whole = asked.object.empty();
  nlohmann::json request = nlohmann::json::object();
  if (!whole) {
    request = {{"Bucket", asked.bucket}, {"Key", asked.key}};
    if (asked.version_id) request["VersionId"] = *asked.version_id;
  } else if (asked.open) {
    request = {{"Open", true}};
  }
  net::Headers headers;
  headers.add("Host", "localhost");
  headers.add("X-Amz-Target", whole ? "Coffer.Fsck" : "Coffer.InspectObject");
  headers.add("Content-Type", "application/x-amz-json-1.1");
  auto answer =
      net::http_over_unix(data_dir + "/admin.sock", "POST", "/", headers,
                          request.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  if (!answer.ok()) return std::nullopt;
  const auto json = nlohmann::json::parse(answer->body, nullptr, false);
  if (answer->status != 200 || !json.is_object()) {
    fmt::print(stderr, "{}\n", answer->body);
    return 2;
  }
  fmt::print("{}", json.value("Text", ""));
  return json.value(whole ? "Clean" : "Sound", false) ? 0 : 1;
}

int check_object(Instance& instance, const Asked& asked) {
  auto proof = sync_wait(instance.admin().prove(asked.bucket, asked.key, asked.version_id));
  if (!proof.ok()) {
    fmt::print(stderr, "{}: {}\n", proof.error().code, proof.error().message);
    return 2;
  }
  fmt::print("{}", admin::render(*proof, asked.bucket, asked.key));
  return proof->sound() ? 0 : 1;
}

int check_offline(Config config, const Asked& asked) {
  Instance instance(std::move(config));
  if (const Status opened = instance.open_offline(); !opened.ok()) {
    fmt::print(stderr, "The store does not open: {}\n", opened.error().message);
    return 2;
  }
  if (!asked.object.empty()) return check_object(instance, asked);
  auto report = sync_wait(instance.admin().fsck({.open = asked.open}));
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
  Asked asked;
  app.add_option("--data-dir", config.data_dir, "the store's directory")
      ->required()
      ->envname("COFFER_DATA_DIR");
  // Where no server runs the store is opened as the server's settings tell.
  add_root_key_options(app, config);
  add_store_options(app, config, Prefix::kNone);
  app.add_option("--object", asked.object,
                 "s3://BUCKET/KEY: show what lies on disk for one object instead");
  app.add_option("--version-id", asked.version_id, "with --object: this version of it");
  app.add_flag("--open", asked.open,
               "also decrypt what SSE-S3 protects, and compare ETags and checksums");
  CLI11_PARSE(app, argc, argv);
  if (!asked.object.empty() && !split(asked)) {
    fmt::print(stderr, "'{}' is not s3://BUCKET/KEY.\n", asked.object);
    return 2;
  }
  if (const Status told = check_store(config); !told.ok()) {
    fmt::print(stderr, "coffer: {}\n", told.error().message);
    return 2;
  }
  if (const auto status = ask_server(config.data_dir, asked)) return *status;
  return check_offline(std::move(config), asked);
}

}  // namespace coffer::server
