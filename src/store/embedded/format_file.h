#pragma once
// format_file is DIR/FORMAT and DIR/LOCK: which store this is, who may open it, and that only one
// process does.
#include <string>

#include "base/random.h"
#include "base/result.h"

namespace coffer::store::embedded {

struct Format {
  uint64_t format = 1;
  uint64_t least_reader = 1;  // the oldest format number whose reader understands this store
  std::string written_by;
  std::string store_id;  // 16 lower hex digits
};
constexpr uint64_t kFormatNumber = 1;

std::string encode(const Format& format);
std::optional<Format> decode_format(std::string_view text);

// open_format reads DIR/FORMAT, or makes it where DIR holds no store. Errors are sentences for the
// operator.
Result<Format> open_format(const std::string& dir, Random& random);

// DirLock is held while it lives; a second one, of any process, is refused.
class DirLock {
 public:
  static Result<DirLock> take(const std::string& dir);
  DirLock(DirLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirLock& operator=(DirLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~DirLock();

 private:
  explicit DirLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace coffer::store::embedded
