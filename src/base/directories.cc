#include "base/directories.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/fault.h"

namespace coffer {

int sync_directory(const std::string& directory) {
  if (fault::failed("directory.sync")) return EIO;
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return error;
}

int make_directories(const std::string& directory, mode_t mode) {
  std::error_code ignored;
  if (directory.empty() || std::filesystem::is_directory(directory, ignored)) return 0;
  const std::string parent = std::filesystem::path(directory).parent_path().string();
  if (const int error = make_directories(parent, mode)) return error;
  if (::mkdir(directory.c_str(), mode) != 0)
    return errno == EEXIST && std::filesystem::is_directory(directory, ignored) ? 0 : errno;
  return sync_directory(parent.empty() ? "." : parent);
}

}  // namespace coffer
