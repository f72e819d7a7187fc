#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "crypto/certificate.h"
#include "crypto/openssl.h"

namespace coffer::crypto {
namespace {

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool valid() const { return fd_ >= 0; }
  bool sync() const { return ::fsync(fd_) == 0; }
  bool restrict_to_owner() const { return ::fchmod(fd_, S_IRUSR | S_IWUSR) == 0; }
  bool write(ByteView bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

 private:
  int fd_;
};

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Secret read_key_pem(ByteView pem) { return Secret::copy_of(pem); }

Status write_key_file(const std::string& path, const Secret& pem) {
  const auto failed = [&](const char* step) {
    return internal_error(fmt::format("key file {}: {}: {}", path, step, std::strerror(errno)));
  };
  File directory(::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return failed("open directory");
  std::string temporary = path + ".XXXXXX";
  File file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.valid()) return failed("create");
  if (!file.restrict_to_owner() || !file.write(read_key(pem)) || !file.sync() ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    Error error = failed("write");
    ::unlink(temporary.c_str());
    return error;
  }
  if (!directory.sync()) return failed("sync directory");
  return ok_status();
}

}  // namespace coffer::crypto
