#include "server/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace coffer::server {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;

Error failed(std::string_view doing, const std::string& path) {
  return {"FileError",
          fmt::format("{} {}: {}.", doing, path, std::generic_category().message(errno))};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return failed("Opening", path);
  std::string out(kFileBytesMax, '\0');
  size_t size = 0;
  while (size < out.size()) {
    const ssize_t n = ::read(file.get(), out.data() + size, out.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("Reading", path);
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  if (size == out.size()) return Error{"FileError", fmt::format("{} is too large.", path)};
  out.resize(size);
  return out;
}

Status write_file(const std::string& path, ByteView content, unsigned mode) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const Descriptor file(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (file.get() < 0) return failed("Making", fresh);
  while (!content.empty()) {
    const ssize_t n = ::write(file.get(), content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("Writing", fresh);
    content.remove_prefix(static_cast<size_t>(n));
  }
  if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0) return failed("Writing", fresh);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("Renaming", fresh);
  return ok_status();
}

Status make_directory(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return ok_status();
  return failed("Making", path);
}

}  // namespace coffer::server
