#pragma once
// file_io is the system calls of files, whole reads and writes, with errno as the answer: 0 is
// success.
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::store::embedded {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

int write_all(int fd, ByteView bytes, uint64_t offset);
int write_zeroes(int fd, uint64_t offset, uint64_t size);
// read_some reads up to `size`; fewer bytes only at the end of the file. nullopt: errno tells.
std::optional<Bytes> read_some(int fd, uint64_t offset, size_t size);
int sync_dir(const std::string& dir);
// make_dirs makes `dir` and what is missing above it; each name it made is durable.
int make_dirs(const std::string& dir);
std::optional<std::string> read_file(const std::string& path);  // at most 1 MiB
// write_file replaces `path` at once and durably.
int write_file(const std::string& path, ByteView bytes);
std::string errno_text(int error);

// device_error is how a failed file operation reads: ServiceUnavailable where the disk is full,
// else InternalError. `what` names the file in the log.
Error device_error(int error, std::string_view what);

}  // namespace coffer::store::embedded
