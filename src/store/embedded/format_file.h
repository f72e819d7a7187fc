#pragma once
// format_file is DIR/FORMAT and DIR/LOCK: which store this is, who may open it, and that only one
// process does. A store in a RADOS pool keeps the same record there, under another kind.
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
constexpr uint64_t kFormatNumber = 1;  // of either kind
// The first word of a record tells where the rows and blobs lie.
inline constexpr std::string_view kEmbeddedKind = "coffer-store";
inline constexpr std::string_view kRadosKind = "coffer-rados";

// make_format answers a new store's record, under `id` or, where that is empty, one that is drawn.
Format make_format(Random& random, const std::string& id);
std::string encode(const Format& format, std::string_view kind = kEmbeddedKind);
std::optional<Format> decode_format(std::string_view text, std::string_view kind = kEmbeddedKind);
// check_reader refuses what this program does not understand; `where` completes "The store in".
Status check_reader(const Format& format, std::string_view where);

// read_format reads DIR/FORMAT; nullopt: there is none. Errors are sentences for the operator: a
// damaged one, one of the other kind, one that this program does not understand.
Result<std::optional<Format>> read_format(const std::string& dir, std::string_view kind);
Status write_format(const std::string& dir, const Format& format, std::string_view kind);

// open_format reads DIR/FORMAT, or makes it where DIR holds no store. Errors are sentences for the
// operator.
Result<Format> open_format(const std::string& dir, Random& random, const std::string& new_id);

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
