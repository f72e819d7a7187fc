// The subcommands that ask a running server through its admin socket.
#include <CLI/CLI.hpp>

#include "net/client.h"
#include "server/subcommands.h"

namespace coffer::server {
namespace {

// ask prints the operation's answer; the exit status tells whether there was one.
int ask(const std::string& data_dir, const std::string& operation, const std::string& body) {
  net::Headers headers;
  headers.add("Host", "localhost");
  headers.add("X-Amz-Target", "Coffer." + operation);
  headers.add("Content-Type", "application/x-amz-json-1.1");
  auto answer = net::http_over_unix(data_dir + "/admin.sock", "POST", "/", headers, body);
  if (!answer.ok()) {
    fmt::print(stderr, "No server answers at {}/admin.sock: {}\n", data_dir,
               answer.error().message);
    return 1;
  }
  fmt::print(answer->status == 200 ? stdout : stderr, "{}\n", answer->body);
  return answer->status == 200 ? 0 : 1;
}

}  // namespace

int run_status(int argc, char** argv) {
  CLI::App app("Tells how the running server is.", "coffer status");
  std::string data_dir;
  app.add_option("--data-dir", data_dir, "the server's data directory")
      ->required()
      ->envname("COFFER_DATA_DIR");
  CLI11_PARSE(app, argc, argv);
  return ask(data_dir, "Status", "{}");
}

int run_explain(int argc, char** argv) {
  CLI::App app("Tells what was decided about a request, and which statement decided.",
               "coffer explain");
  std::string data_dir, request_id;
  app.add_option("--data-dir", data_dir, "the server's data directory")
      ->required()
      ->envname("COFFER_DATA_DIR");
  app.add_option("request-id", request_id,
                 "as the client read it: x-amz-request-id or x-amzn-RequestId")
      ->required();
  CLI11_PARSE(app, argc, argv);
  for (char c : request_id)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-') {
      fmt::print(stderr, "'{}' is not a request ID.\n", request_id);
      return 1;
    }
  return ask(data_dir, "Explain", fmt::format(R"({{"RequestId":"{}"}})", request_id));
}

int run_keys(int argc, char** argv) {
  CLI::App app("Tells about keys.", "coffer keys");
  app.require_subcommand(1);
  CLI::App* usage = app.add_subcommand(
      "usage", "how many objects and bytes a KMS key protects, bucket by bucket");
  std::string data_dir, key_id;
  usage->add_option("--data-dir", data_dir, "the server's data directory")
      ->required()
      ->envname("COFFER_DATA_DIR");
  usage
      ->add_option("key-id", key_id,
                   "a key's ARN; or the ID or alias of one of the first account's in this Region")
      ->required();
  CLI11_PARSE(app, argc, argv);
  for (char c : key_id)
    if (!std::isalnum(static_cast<unsigned char>(c)) &&
        std::string_view("-_/:").find(c) == std::string_view::npos) {
      fmt::print(stderr, "'{}' is not a key's identifier.\n", key_id);
      return 1;
    }
  return ask(data_dir, "KeyUsage", fmt::format(R"({{"KeyId":"{}"}})", key_id));
}

}  // namespace coffer::server
