#include "audit/removal.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "audit/log_writer.h"
#include "base/wire.h"

namespace coffer::audit {
namespace {

constexpr std::string_view kMagic = "cofaurmv";
constexpr uint16_t kVersion = 1;
constexpr size_t kBytes = 8 + 2 + 16 + 8 + 32 + kMacBytes;

std::string path_in(const std::string& dir) { return dir + "/removed"; }

}  // namespace

Bytes encode_removal(const Removal& removal, const seal::DomainKeys& keys) {
  Writer w;
  w.raw(kMagic).u16(kVersion).raw(removal.log.view()).u64(removal.first_sequence);
  w.raw(removal.previous.view());
  const Bytes mac = keys.mac(seal::Series::kAudit, w.view());
  return w.raw(mac).take();
}

Result<Removal> decode_removal(ByteView bytes, const seal::DomainKeys& keys) {
  Reader r(bytes);
  if (r.raw(kMagic.size()) != kMagic || r.u16() != kVersion || bytes.size() != kBytes)
    return Error{"AuditLogDamaged", "the record of removed files is none"};
  if (!keys.verify_mac(seal::Series::kAudit, bytes.substr(0, kBytes - kMacBytes),
                       bytes.substr(kBytes - kMacBytes)))
    return Error{"AuditLogDamaged", "the record of removed files is not authentic"};
  Removal out;
  out.log = r.fixed<Id128>();
  out.first_sequence = r.u64();
  out.previous = r.fixed<Hash256>();
  return out;
}

Result<std::optional<Removal>> read_removal(const std::string& dir, const seal::DomainKeys& keys) {
  std::error_code error;
  if (!std::filesystem::exists(path_in(dir), error)) return std::optional<Removal>();
  std::ifstream in(path_in(dir), std::ios::binary);
  Bytes bytes(kBytes + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(in.gcount()));
  TRY(Removal removal, decode_removal(bytes, keys));
  return std::optional(removal);
}

Status write_removal(const std::string& dir, const Removal& removal, const seal::DomainKeys& keys) {
  const std::string path = path_in(dir), temporary = path + ".new";
  const Bytes bytes = encode_removal(removal, keys);
  const File file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.fd() < 0 ||
      ::write(file.fd(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      !sync_file(file) || ::rename(temporary.c_str(), path.c_str()) != 0)
    return internal_error("the record of removed audit log files cannot be written");
  return sync_names(dir);
}

}  // namespace coffer::audit
