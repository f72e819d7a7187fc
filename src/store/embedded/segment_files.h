#pragma once
// segment_files reads segment files: a bounded cache of open ones, each checked when opened, each
// blob's header checked once.
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/result.h"
#include "store/embedded/file_io.h"
#include "store/embedded/keys.h"
#include "store/embedded/segment_format.h"
#include "store/sealed_bytes.h"

namespace coffer::store::embedded {

std::string segment_path(const std::string& dir, uint64_t segment);
std::optional<uint64_t> segment_of_name(std::string_view name);
std::vector<uint64_t> list_segments(const std::string& dir);

struct OpenSegment {
  Fd fd;
  uint64_t nonce = 0;
  std::mutex mutex;
  std::unordered_set<uint32_t> checked;  // offsets of blobs whose header was read and is right
};

// Piece is what a read asks for.
struct Piece {
  Spot spot;
  uint64_t blob_bytes = 0;
  uint64_t offset = 0;
  size_t size = 0;
};

class SegmentFiles {
 public:
  SegmentFiles(uint64_t store, size_t open_max) : store_(store), open_max_(open_max) {}
  // try_read answers what the page cache has, of a segment that is open already.
  std::optional<SealedBytes> try_read(const Piece& piece);
  Result<SealedBytes> read(const std::string& dir, const Piece& piece);
  void forget(uint64_t segment);
  void forget_blob(const Spot& spot);
  void clear();

 private:
  using Ptr = std::shared_ptr<OpenSegment>;
  struct Cached {
    uint64_t segment;
    Ptr file;
  };
  Ptr find(uint64_t segment);
  Result<Ptr> open(const std::string& dir, uint64_t segment);
  const uint64_t store_;
  const size_t open_max_;
  std::mutex mutex_;
  std::list<Cached> recent_;  // the latest first
  std::unordered_map<uint64_t, std::list<Cached>::iterator> by_id_;
};

}  // namespace coffer::store::embedded
