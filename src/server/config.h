#pragma once
// Config is every setting of the server. Each has one name, used three ways: --data-dir,
// COFFER_DATA_DIR, and data-dir in the file that
// --config names. The command line wins over the environment, and that over the file.
// docs/configuration.md lists them.
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace coffer::server {

struct Config {
  std::string data_dir;
  std::string config;
  std::string store = "embedded";  // or rados
  std::string ceph_conf;
  std::string ceph_user = "admin";
  std::string pool;
  std::string store_name = "coffer";  // within the pool
  std::string listen = "127.0.0.1:9000";
  std::string listen_http;     // empty: no plain listener
  std::string metrics_listen;  // empty: no metrics
  std::string region = "us-east-1";
  std::vector<std::string> kms_regions;
  std::vector<std::string> zones = {"use1-az4"};  // ID, or ID=DIRECTORY
  std::vector<std::string> domains;
  std::string account_id = "123456789012";
  std::string root_key_file;         // empty: the default place
  std::string root_passphrase_file;  // its first line opens the root key file
  std::string tls_cert, tls_key;     // empty: the local CA's
  bool test_mode = false;
  std::vector<std::string> test_credentials;  // ACCESS:SECRET
  bool allow_sse_c = false;
  bool bench_random_etags = false;
  std::string log_level = "info";
  int64_t threads = 0;  // 0: one a core
  int64_t connections_max = 10000;
  int64_t connections_per_ip_max = 0;  // 0: a quarter of connections_max
  int64_t requests_max = 4096;
  int64_t index_shards = 1;  // of a new bucket
};

// read_config gathers the settings and checks them. Errors are sentences for the operator. nullopt:
// help was printed.
Result<std::optional<Config>> read_config(int argc, const char* const* argv);

// check_store tells whether the settings name a store that can be opened.
Status check_store(const Config& config);

struct HostPort {
  std::string host;  // a numeric address
  uint16_t port = 0;
};
Result<HostPort> parse_listen(const std::string& text);
bool is_loopback(const std::string& address);

struct Zone {
  std::string id, directory;
};
Result<Zone> parse_zone(const std::string& text);

// root_key_path is where the root key of the store lies.
Result<std::string> root_key_path(const Config& config, const std::string& store_id);

}  // namespace coffer::server
