// `coffer audit`: checkpoints of the audit log, and the log held against them.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "net/client.h"
#include "server/files.h"
#include "server/subcommands.h"

namespace coffer::server {
namespace {

using nlohmann::json;

constexpr size_t kCheckpointsMax = 100;

// ask answers the operation's answer, or says on standard error why there is none.
std::optional<json> ask(const std::string& data_dir, const std::string& operation,
                        const json& input) {
  net::Headers headers;
  headers.add("Host", "localhost");
  headers.add("X-Amz-Target", "Coffer." + operation);
  headers.add("Content-Type", "application/x-amz-json-1.1");
  auto answer = net::http_over_unix(data_dir + "/admin.sock", "POST", "/", headers, input.dump());
  if (!answer.ok()) {
    fmt::print(stderr, "No server answers at {}/admin.sock: {}\n", data_dir,
               answer.error().message);
    return std::nullopt;
  }
  json body = json::parse(answer->body, nullptr, false);
  if (answer->status == 200 && body.is_object()) return body;
  fmt::print(stderr, "{}\n", answer->body);
  return std::nullopt;
}

int checkpoint(const std::string& data_dir) {
  const auto answer = ask(data_dir, "CheckpointAudit", json::object());
  if (!answer) return 1;
  fmt::print("{}\n", answer->value("Checkpoint", ""));
  return 0;
}

// verify's status: 0, the log holds; 1, it could not be verified; 2, it does not hold.
int verify(const std::string& data_dir, const std::vector<std::string>& files) {
  json documents = json::array();
  for (const std::string& path : files) {
    auto text = read_file(path);
    if (!text.ok()) {
      fmt::print(stderr, "{}\n", text.error().message);
      return 1;
    }
    documents.push_back(std::move(*text));
  }
  const auto answer = ask(data_dir, "VerifyAudit", {{"Checkpoints", documents}});
  if (!answer) return 1;
  if (!answer->value("Sound", false)) {
    fmt::print("{}\n", answer->value("Damage", "the audit log does not hold"));
    return 2;
  }
  fmt::print("{} records, {} checkpoints: the audit log holds.\n",
             answer->value("Records", int64_t{0}), answer->value("CheckpointsHeld", int64_t{0}));
  return 0;
}

}  // namespace

int run_audit(int argc, char** argv) {
  CLI::App app("Checkpoints of the audit log, and the log held against them.", "coffer audit");
  app.require_subcommand(1);
  std::string data_dir;
  std::vector<std::string> files;
  CLI::App* make = app.add_subcommand(
      "checkpoint", "prints a signed checkpoint; keep it where who holds the server cannot write");
  CLI::App* hold = app.add_subcommand("verify", "walks the whole log; 2 where it does not hold");
  for (CLI::App* command : {make, hold})
    command->add_option("--data-dir", data_dir, "the server's data directory")
        ->required()
        ->envname("COFFER_DATA_DIR");
  hold->add_option("--checkpoint", files, "a file that `coffer audit checkpoint` printed")
      ->expected(1, static_cast<int>(kCheckpointsMax));
  CLI11_PARSE(app, argc, argv);
  return make->parsed() ? checkpoint(data_dir) : verify(data_dir, files);
}

}  // namespace coffer::server
