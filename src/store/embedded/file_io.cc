#include "store/embedded/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/fault.h"
#include "base/log.h"
#include "store/meta_store.h"

namespace coffer::store::embedded {

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

int write_all(int fd, ByteView bytes, uint64_t offset) {
  while (!bytes.empty()) {
    ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return EIO;
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return 0;
}

int write_zeroes(int fd, uint64_t offset, uint64_t size) {
  static const Bytes kZeroes(1 << 20, '\0');
  while (size > 0) {
    size_t n = std::min<uint64_t>(size, kZeroes.size());
    if (int e = write_all(fd, ByteView(kZeroes).substr(0, n), offset)) return e;
    offset += n;
    size -= n;
  }
  return 0;
}

std::optional<Bytes> read_some(int fd, uint64_t offset, size_t size) {
  Bytes out(size, '\0');
  size_t done = 0;
  while (done < size) {
    ssize_t n = ::pread(fd, out.data() + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  out.resize(done);
  return out;
}

int sync_dir(const std::string& dir) {
  if (fault::failed("dir.sync")) return EIO;
  Fd fd(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) return errno;
  return ::fsync(fd.get()) == 0 ? 0 : errno;
}

int make_dirs(const std::string& dir) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::path leaf = fs::absolute(dir, error).lexically_normal();
  if (error) return error.value();
  if (!leaf.has_filename()) leaf = leaf.parent_path();
  std::vector<fs::path> missing;
  for (fs::path at = leaf; !fs::exists(at, error); at = at.parent_path()) missing.push_back(at);
  if (missing.empty()) {
    if (!fs::is_directory(leaf, error)) return ENOTDIR;
    // Who made it may have died before the sync. Its parent may be nobody's to open.
    return sync_dir(leaf.parent_path().string()) == EIO ? EIO : 0;
  }
  for (; !missing.empty(); missing.pop_back()) {
    fs::create_directory(missing.back(), error);
    if (error) return error.value();
    if (int e = sync_dir(missing.back().parent_path().string())) return e;
  }
  return 0;
}

std::optional<std::string> read_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) return std::nullopt;
  return read_some(fd.get(), 0, 1 << 20);
}

int write_file(const std::string& path, ByteView bytes) {
  std::string fresh = path + ".new";
  {
    Fd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd.ok()) return errno;
    if (int e = write_all(fd.get(), bytes, 0)) return e;
    if (::fsync(fd.get()) != 0) return errno;
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return errno;
  return sync_dir(std::filesystem::path(path).parent_path().string());
}

std::string errno_text(int error) { return std::generic_category().message(error); }

Error device_error(int error, std::string_view what) {
  bool full = error == ENOSPC || error == EDQUOT;
  if (!full) return internal_error(fmt::format("{}: {}", what, errno_text(error)));
  log::warn("store.disk_full", {{"what", std::string(what)}});
  return error_of(Commit::kFull);
}

}  // namespace coffer::store::embedded
