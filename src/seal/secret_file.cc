#include "seal/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/directories.h"
#include "base/fault.h"
#include "seal/secret_access.h"

namespace coffer::seal {
namespace {

constexpr size_t kFileBytesMax = 64 * 1024;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  operator int() const { return fd_; }

 private:
  int fd_;
};

Error refused(const std::string& path, std::string_view why) {
  return Error{"RootKeyRefused", fmt::format("the root key file {} {}", path, why)};
}

Error failed(const std::string& path, std::string_view doing) {
  return refused(path, fmt::format("cannot be {}: {}", doing, std::strerror(errno)));
}

std::string directory_of(const std::string& path) {
  auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

// sync_name makes durable under which name there is a file.
Status sync_name(const std::string& path) {
  errno = sync_directory(directory_of(path));
  return errno == 0 ? ok_status() : failed(path, "made durable");
}

bool write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// erase overwrites the file with zeros and removes it. A second name of the live file only loses
// the name.
Status erase(const std::string& path, const std::string& live) {
  struct stat own{}, other{};
  if (::lstat(path.c_str(), &own) != 0)
    return errno == ENOENT ? ok_status() : failed(path, "removed");
  const bool same = ::lstat(live.c_str(), &other) == 0 && own.st_ino == other.st_ino &&
                    own.st_dev == other.st_dev;
  if (!same && S_ISREG(own.st_mode)) {
    Fd fd(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (fd < 0) return failed(path, "overwritten");
    if (!write_all(fd, std::string(static_cast<size_t>(own.st_size), '\0')) || ::fsync(fd) != 0)
      return failed(path, "overwritten");
  }
  if (::unlink(path.c_str()) != 0) return failed(path, "removed");
  return ok_status();
}

// write_new leaves a durable file at `path`, whose name may still be lost by a crash.
Status write_new(const std::string& path, const Secret& content) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd < 0) return failed(path, "made");
  if (::fchmod(fd, 0600) != 0 || !write_all(fd, content.reveal(SealAccess::get())) ||
      ::fsync(fd) != 0)
    return failed(path, "written");
  return ok_status();
}

// make_parents gives the directories that it makes to their owner alone.
Status make_parents(const std::string& path) {
  errno = make_directories(directory_of(path), 0700);
  return errno == 0 ? ok_status() : failed(directory_of(path), "made");
}

std::string temporary_of(const std::string& path) { return path + ".new"; }
std::string former_of(const std::string& path) { return path + ".old"; }

}  // namespace

Result<Secret> read_secret_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (fd < 0) {
    if (errno == ENOENT)
      return Error{"RootKeyMissing", fmt::format("there is no root key file {}", path)};
    if (errno == ELOOP) return refused(path, "is a symbolic link; name the file itself");
    return failed(path, "opened");
  }
  struct stat st{};
  if (::fstat(fd, &st) != 0) return failed(path, "examined");
  if (!S_ISREG(st.st_mode)) return refused(path, "is not a regular file");
  if (st.st_uid != ::geteuid()) return refused(path, "belongs to another user");
  if ((st.st_mode & 077) != 0)
    return refused(path, fmt::format("may be read by others (mode {:04o}); set it to 0600",
                                     st.st_mode & 07777));
  if (st.st_size <= 0 || static_cast<size_t>(st.st_size) > kFileBytesMax)
    return refused(path, "has an impossible size");

  Secret content(static_cast<size_t>(st.st_size));
  MutableBytes left = content.reveal_mutable(SealAccess::get());
  while (!left.empty()) {
    ssize_t n = ::read(fd, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(path, "read");
    if (n == 0) return refused(path, "is being changed");
    left = left.subspan(static_cast<size_t>(n));
  }
  return content;
}

Status make_secret_file(const std::string& path, const Secret& content) {
  TRY_OK(make_parents(path));
  TRY_OK(clear_leftovers(path));
  TRY_OK(write_new(temporary_of(path), content));
  if (::link(temporary_of(path).c_str(), path.c_str()) != 0) return failed(path, "made");
  if (::unlink(temporary_of(path).c_str()) != 0) return failed(path, "made");
  return sync_name(path);
}

Status replace_secret_file(const std::string& path, const Secret& content) {
  TRY_OK(clear_leftovers(path));
  if (fault::failed("root_key.write")) return refused(path, "cannot be written: injected fault");
  TRY_OK(write_new(temporary_of(path), content));
  // The old content keeps a name until it is overwritten, so that a crash in between leaves it to
  // clear_leftovers.
  if (::link(path.c_str(), former_of(path).c_str()) != 0) return failed(path, "replaced");
  if (::rename(temporary_of(path).c_str(), path.c_str()) != 0) return failed(path, "replaced");
  TRY_OK(sync_name(path));
  if (fault::failed("root_key.renamed")) return refused(path, "cannot be replaced: injected fault");
  return clear_leftovers(path);
}

Status clear_leftovers(const std::string& path) {
  TRY_OK(erase(temporary_of(path), path));
  TRY_OK(erase(former_of(path), path));
  return ok_status();
}

}  // namespace coffer::seal
