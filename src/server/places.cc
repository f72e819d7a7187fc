// Addresses, zones and the root key's place, as settings name them.
#include <arpa/inet.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/encoding.h"
#include "server/config.h"

namespace coffer::server {
namespace {

namespace fs = std::filesystem;

Error refused(std::string sentence) { return {"InvalidConfiguration", std::move(sentence)}; }

bool under_systemd() {
  const char* pid = std::getenv("SYSTEMD_EXEC_PID");
  return pid && std::to_string(::getpid()) == pid;
}

std::string home() {
  if (const char* home = std::getenv("HOME"); home && *home) return home;
  const passwd* user = ::getpwuid(::geteuid());
  return user && user->pw_dir ? user->pw_dir : "";
}

}  // namespace

Result<HostPort> parse_listen(const std::string& text) {
  const size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos
                        ? std::nullopt
                        : parse_uint(std::string_view(text).substr(colon + 1));
  if (!port || *port > 65535) return refused(fmt::format("'{}' is not ADDRESS:PORT.", text));
  HostPort out{text.substr(0, colon), static_cast<uint16_t>(*port)};
  if (out.host.starts_with('[') && out.host.ends_with(']'))
    out.host = out.host.substr(1, out.host.size() - 2);
  if (out.host == "localhost") out.host = "127.0.0.1";
  if (out.host.empty() || out.host == "*") out.host = "0.0.0.0";
  unsigned char bytes[16];
  if (::inet_pton(AF_INET, out.host.c_str(), bytes) != 1 &&
      ::inet_pton(AF_INET6, out.host.c_str(), bytes) != 1)
    return refused(fmt::format("'{}' is not a numeric address.", out.host));
  return out;
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1";
}

Result<Zone> parse_zone(const std::string& text) {
  const size_t equals = text.find('=');
  Zone out{text.substr(0, equals), equals == std::string::npos ? "" : text.substr(equals + 1)};
  if (out.id.empty() ||
      out.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    return refused(fmt::format("'{}' is not a zone: ID or ID=DIRECTORY.", text));
  if (out.directory.empty()) out.directory = "zones/" + out.id;
  return out;
}

Status check_store(const Config& config) {
  const bool rados = config.store == "rados";
  for (const std::string& text : config.zones) {
    TRY_OK(parse_zone(text));
    if (rados && text.find('=') != std::string::npos)
      return refused(fmt::format("zones: '{}': a zone has no directory in a pool.", text));
  }
  if (!rados && config.store != "embedded")
    return refused(fmt::format("store is embedded or rados, not '{}'.", config.store));
  if (!rados && (!config.ceph_conf.empty() || !config.pool.empty()))
    return refused("ceph-conf and pool go with --store rados.");
  if (rados && (config.ceph_conf.empty() || config.pool.empty()))
    return refused("--store rados needs --ceph-conf FILE and --pool NAME.");
  static constexpr std::string_view kNameCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  constexpr size_t kNameMax = 64;
  if (const std::string& name = config.store_name;
      name.empty() || name.size() > kNameMax ||
      name.find_first_not_of(kNameCharacters) != name.npos)
    return refused(fmt::format(
        "store-name has 1 to {} letters, digits, points, dashes and underscores, unlike '{}'.",
        kNameMax, name));
  return ok_status();
}

Result<std::string> root_key_path(const Config& config, const std::string& store_id) {
  fs::path path = config.root_key_file;
  if (path.empty()) {
    const char* xdg = std::getenv("XDG_CONFIG_HOME");
    fs::path base = xdg && *xdg       ? fs::path(xdg) / "coffer"
                    : under_systemd() ? fs::path("/etc/coffer")
                                      : fs::path(home()) / ".config/coffer";
    if (!base.is_absolute())
      return refused("There is no home directory: name the root key's file with --root-key-file.");
    path = base / (store_id + ".key");
  }
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(fs::absolute(path, error), error);
  const fs::path data = fs::weakly_canonical(config.data_dir, error);
  if (error) return refused(fmt::format("root-key-file: {}.", error.message()));
  const auto [data_end, ignored] =
      std::mismatch(data.begin(), data.end(), whole.begin(), whole.end());
  if (data_end == data.end())
    return refused(
        "The root key must not lie under the data directory: a copy of the data would then hold "
        "its own key.");
  return whole.string();
}

}  // namespace coffer::server
