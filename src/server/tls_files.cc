#include "server/tls_files.h"

#include <algorithm>
#include <filesystem>

#include "crypto/certificate.h"
#include "server/files.h"

namespace coffer::server {
namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000;
constexpr int64_t kCaDays = 3652;
constexpr int64_t kServerDays = 90;
constexpr int64_t kRenewDays = 30;

std::vector<std::string> names_of(const Config& config) {
  std::vector<std::string> out{"127.0.0.1", "::1", "localhost", "s3.localhost", "*.s3.localhost"};
  const auto add = [&](std::string name) {
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(std::move(name));
  };
  if (auto where = parse_listen(config.listen);
      where.ok() && where->host != "0.0.0.0" && where->host != "::")
    add(where->host);
  for (const std::string& domain : config.domains) {
    add(domain);
    add("*." + domain);
  }
  return out;
}

Result<crypto::KeyAndCertificate> read_pair(const std::string& certificate,
                                            const std::string& key) {
  TRY(std::string certificate_pem, read_file(certificate));
  TRY(std::string key_pem, read_file(key));
  Secret secret = crypto::read_key_pem(key_pem);
  wipe(key_pem);
  return crypto::KeyAndCertificate{std::move(secret), std::move(certificate_pem)};
}

Status write_pair(const std::string& certificate, const std::string& key,
                  const crypto::KeyAndCertificate& pair) {
  TRY_OK(crypto::write_key_file(key, pair.key_pem));
  return write_file(certificate, pair.certificate_pem, 0644);
}

Result<crypto::KeyAndCertificate> local_ca(const std::string& directory, UnixMs now) {
  const std::string certificate = directory + "/ca.pem", key = directory + "/ca.key";
  if (std::filesystem::exists(certificate) || std::filesystem::exists(key))
    return read_pair(certificate, key);
  TRY(auto made, crypto::make_ca("Coffer local CA", now - kDayMs, now + kCaDays * kDayMs));
  TRY_OK(write_pair(certificate, key, made));
  return made;
}

bool is_current(const std::string& certificate_pem, const std::vector<std::string>& names,
                UnixMs now) {
  auto facts = crypto::inspect_certificate(certificate_pem);
  if (!facts.ok() || facts->not_before > now || facts->not_after < now + kRenewDays * kDayMs)
    return false;
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::find(facts->names.begin(), facts->names.end(), name) != facts->names.end();
  });
}

Result<Certificate> answer(crypto::KeyAndCertificate pair, std::string ca_path) {
  TRY(const auto facts, crypto::inspect_certificate(pair.certificate_pem));
  return Certificate{{std::move(pair.certificate_pem), std::move(pair.key_pem)},
                     std::move(ca_path),
                     facts.not_after};
}

}  // namespace

Result<Certificate> load_certificate(const Config& config, UnixMs now) {
  if (!config.tls_cert.empty()) {
    TRY(auto pair, read_pair(config.tls_cert, config.tls_key));
    return answer(std::move(pair), "");
  }
  const std::string directory = config.data_dir + "/tls";
  TRY_OK(make_directory(directory, 0755));
  const std::string certificate = directory + "/server.pem", key = directory + "/server.key",
                    ca_path = directory + "/ca.pem";
  TRY(const auto ca, local_ca(directory, now));
  const std::vector<std::string> names = names_of(config);
  if (std::filesystem::exists(certificate) && std::filesystem::exists(key)) {
    auto pair = read_pair(certificate, key);
    if (pair.ok() && is_current(pair->certificate_pem, names, now))
      return answer(std::move(*pair), ca_path);
  }
  TRY(auto made,
      crypto::make_server_certificate(ca, names, now - kDayMs, now + kServerDays * kDayMs));
  TRY_OK(write_pair(certificate, key, made));
  return answer(std::move(made), ca_path);
}

}  // namespace coffer::server
