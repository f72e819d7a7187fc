#include "server/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <variant>

#include "base/arn.h"
#include "base/encoding.h"

namespace coffer::server {
namespace {

using Values = std::map<std::string, std::vector<std::string>>;
using Member = std::variant<std::string Config::*, bool Config::*, int64_t Config::*,
                            std::vector<std::string> Config::*>;

struct Setting {
  const char* name;
  const char* help;
  Member member;
};

const Setting kSettings[] = {
    {"data-dir", "where everything is kept", &Config::data_dir},
    {"config", "a TOML file with these settings", &Config::config},
    {"store", "embedded, in the data directory, or rados, in a pool (embedded)", &Config::store},
    {"ceph-conf", "the cluster's ceph.conf, for rados", &Config::ceph_conf},
    {"ceph-user", "the cluster knows this server as client.USER (admin)", &Config::ceph_user},
    {"pool", "the pool that holds the store, for rados", &Config::pool},
    {"store-name", "of the store within the pool (coffer)", &Config::store_name},
    {"listen", "address and port, TLS (127.0.0.1:9000); port 0: any", &Config::listen},
    {"listen-http", "address and port without TLS", &Config::listen_http},
    {"metrics-listen", "address and port of the Prometheus page", &Config::metrics_listen},
    {"region", "the Region that this server is (us-east-1)", &Config::region},
    {"kms-region", "a further Region that KMS answers for; may be repeated", &Config::kms_regions},
    {"zones", "zones of directory buckets, each ID or ID=DIRECTORY (use1-az4)", &Config::zones},
    {"domain", "a name whose subdomains are buckets; may be repeated [reloadable]",
     &Config::domains},
    {"account-id", "the first account (123456789012)", &Config::account_id},
    {"root-key-file", "the file of the root key; never under the data directory",
     &Config::root_key_file},
    {"root-passphrase-file", "a file whose first line protects the root key",
     &Config::root_passphrase_file},
    {"tls-cert", "certificate chain, PEM [reloadable]", &Config::tls_cert},
    {"tls-key", "its key, PEM [reloadable]", &Config::tls_key},
    {"test-mode", "resets and a movable clock; loopback only", &Config::test_mode},
    {"test-credentials", "ACCESS:SECRET, a further root key in test mode; may be repeated",
     &Config::test_credentials},
    {"allow-sse-c", "do not block SSE-C on new buckets", &Config::allow_sse_c},
    {"bench-random-etags", "random ETags, to measure without MD5", &Config::bench_random_etags},
    {"log-level", "debug, info, warn or error [reloadable]", &Config::log_level},
    {"threads", "event loops; 0: one a core", &Config::threads},
    {"connections-max", "client connections", &Config::connections_max},
    {"connections-per-ip-max", "connections of one address; 0: a quarter of connections-max",
     &Config::connections_per_ip_max},
    {"requests-max", "requests under way", &Config::requests_max},
    {"index-shards", "into how many parts the index of a new bucket is divided (1)",
     &Config::index_shards},
};

Error refused(std::string sentence) { return {"InvalidConfiguration", std::move(sentence)}; }

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : kSettings)
    if (setting.name == name) return &setting;
  return nullptr;
}

bool is_list(const Setting& setting) {
  return std::holds_alternative<std::vector<std::string> Config::*>(setting.member);
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    if (auto piece = trim(text.substr(at, end - at)); !piece.empty()) out.emplace_back(piece);
    at = end + 1;
  }
  return out;
}

Status apply_one(Config& config, const Setting& setting, const std::vector<std::string>& values) {
  if (const auto* list = std::get_if<std::vector<std::string> Config::*>(&setting.member)) {
    std::vector<std::string> all;
    for (const std::string& value : values)
      for (std::string& piece : split(value)) all.push_back(std::move(piece));
    config.** list = std::move(all);
    return ok_status();
  }
  if (values.size() != 1) return refused(fmt::format("{} takes one value.", setting.name));
  const std::string& value = values[0];
  if (const auto* text = std::get_if<std::string Config::*>(&setting.member)) {
    config.** text = value;
  } else if (const auto* flag = std::get_if<bool Config::*>(&setting.member)) {
    if (value != "true" && value != "false" && value != "1" && value != "0")
      return refused(fmt::format("{} is true or false, not '{}'.", setting.name, value));
    config.** flag = value == "true" || value == "1";
  } else {
    auto number = parse_uint(value);
    if (!number || *number > 1'000'000)
      return refused(fmt::format("{} is a number up to 1000000, not '{}'.", setting.name, value));
    config.*std::get<int64_t Config::*>(setting.member) = static_cast<int64_t>(*number);
  }
  return ok_status();
}

Status apply_values(Config& config, const Values& values) {
  for (const auto& [name, list] : values) TRY_OK(apply_one(config, *find_setting(name), list));
  return ok_status();
}

std::string environment_name(std::string_view setting) {
  std::string out = "COFFER_";
  for (char c : setting)
    out += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return out;
}

Values from_environment() {
  Values out;
  for (const Setting& setting : kSettings)
    if (const char* value = std::getenv(environment_name(setting.name).c_str()); value && *value)
      out[setting.name] = {value};
  return out;
}

Result<std::string> toml_text(std::string_view name, const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto flag = node.value_exact<bool>()) return std::string(*flag ? "true" : "false");
  if (const auto number = node.value_exact<int64_t>()) return std::to_string(*number);
  return refused(fmt::format(
      "{} in the configuration file is neither a text, nor a number, nor true or false.", name));
}

Result<Values> from_file(const std::string& path) {
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& e) {
    return refused(fmt::format("{}: {} (line {}).", path, e.description(), e.source().begin.line));
  }
  Values out;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const Setting* setting = find_setting(name);
    if (!setting || name == "config")
      return refused(fmt::format("{}: there is no setting '{}'.", path, name));
    std::vector<std::string>& values = out[name];
    if (const toml::array* array = node.as_array()) {
      if (!is_list(*setting)) return refused(fmt::format("{}: {} takes one value.", path, name));
      for (const toml::node& item : *array) {
        TRY(std::string text, toml_text(name, item));
        values.push_back(std::move(text));
      }
    } else {
      TRY(std::string text, toml_text(name, node));
      values.push_back(std::move(text));
    }
  }
  return out;
}

// from_arguments answers nullopt where help was asked for.
Result<std::optional<Values>> from_arguments(int argc, const char* const* argv) {
  CLI::App app("Serves S3, KMS, IAM, STS and the audit trail.", "coffer server");
  std::map<std::string, std::vector<std::string>> texts;
  std::map<std::string, bool> flags;
  for (const Setting& setting : kSettings) {
    const std::string flag = fmt::format("--{}", setting.name);
    if (std::holds_alternative<bool Config::*>(setting.member)) {
      app.add_flag(flag, flags[setting.name], setting.help);
    } else {
      app.add_option(flag, texts[setting.name], setting.help)->allow_extra_args(false);
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return std::optional<Values>();
  } catch (const CLI::ParseError& e) {
    return refused(fmt::format("{} 'coffer server --help' lists the settings.", e.what()));
  }
  Values out;
  for (const Setting& setting : kSettings) {
    if (app.count(fmt::format("--{}", setting.name)) == 0) continue;
    auto text = texts.find(setting.name);
    out[setting.name] = text != texts.end()
                            ? text->second
                            : std::vector<std::string>{flags[setting.name] ? "true" : "false"};
  }
  return std::optional(std::move(out));
}

Status check_test_mode(const Config& config) {
  if (!config.test_mode) {
    if (!config.test_credentials.empty()) return refused("test-credentials are for test-mode.");
    return ok_status();
  }
  for (const std::string* text : {&config.listen, &config.listen_http, &config.metrics_listen}) {
    if (text->empty()) continue;
    TRY(const HostPort where, parse_listen(*text));
    if (!is_loopback(where.host))
      return refused(
          fmt::format("test-mode listens on the loopback interface only, not on {}.", *text));
  }
  for (const std::string& pair : config.test_credentials)
    if (pair.find(':') == std::string::npos)
      return refused("test-credentials have the form ACCESS:SECRET.");
  return ok_status();
}

Status check(const Config& config) {
  if (config.data_dir.empty()) return refused("Where is the data? Give --data-dir DIR.");
  if (!is_account_id(config.account_id))
    return refused(fmt::format("account-id is 12 digits, not '{}'.", config.account_id));
  if (config.region.empty()) return refused("region is empty.");
  if (config.tls_cert.empty() != config.tls_key.empty())
    return refused("tls-cert and tls-key go together.");
  TRY_OK(check_store(config));
  for (const std::string* text : {&config.listen, &config.listen_http, &config.metrics_listen})
    if (!text->empty()) TRY_OK(parse_listen(*text));
  if (!config.metrics_listen.empty()) {  // the page asks nobody who they are
    TRY(const HostPort where, parse_listen(config.metrics_listen));
    if (!is_loopback(where.host))
      return refused(fmt::format("metrics-listen is on the loopback interface only, not on {}.",
                                 config.metrics_listen));
  }
  constexpr int64_t kShardsMax = 1024;
  if (config.index_shards < 1 || config.index_shards > kShardsMax)
    return refused(fmt::format("index-shards is 1 to {}.", kShardsMax));
  static constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error"};
  if (std::find(std::begin(kLevels), std::end(kLevels), config.log_level) == std::end(kLevels))
    return refused(
        fmt::format("log-level is debug, info, warn or error, not '{}'.", config.log_level));
  return check_test_mode(config);
}

}  // namespace

Result<std::optional<Config>> read_config(int argc, const char* const* argv) {
  TRY(auto arguments, from_arguments(argc, argv));
  if (!arguments) return std::optional<Config>();
  const Values environment = from_environment();
  Config named;  // to learn the file's name
  TRY_OK(apply_values(named, environment));
  TRY_OK(apply_values(named, *arguments));
  Config config;
  if (!named.config.empty()) {
    TRY(const Values file, from_file(named.config));
    TRY_OK(apply_values(config, file));
  }
  TRY_OK(apply_values(config, environment));
  TRY_OK(apply_values(config, *arguments));
  TRY_OK(check(config));
  std::error_code error;
  config.data_dir = std::filesystem::absolute(config.data_dir, error).lexically_normal();
  if (error) return refused(fmt::format("data-dir: {}.", error.message()));
  return std::optional(std::move(config));
}

}  // namespace coffer::server
