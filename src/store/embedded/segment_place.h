#pragma once
// Place is one directory of segment files: where the next blob goes, and the thread that writes
// finished blobs and syncs for several writers at once. Its blocking calls (reserve, make_own,
// prepare) are never made on an event loop.
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "store/embedded/blob_book.h"
#include "store/embedded/db.h"
#include "store/embedded/disk_gauge.h"
#include "store/embedded/fatal.h"
#include "store/embedded/file_io.h"
#include "store/embedded/keys.h"
#include "store/embedded/segment_format.h"

namespace coffer::store::embedded {

// Segment is a file that this process writes.
struct Segment {
  uint64_t id = 0;
  uint64_t nonce = 0;
  std::string path;
  Fd fd;
};

// Slot is where a blob goes.
struct Slot {
  std::shared_ptr<Segment> segment;
  uint32_t offset = 0;
  uint64_t blob = 0;
};

class Place {
 public:
  struct Parts {
    Db& db;
    Fatal& fatal;
    BlobBook& book;
    uint64_t store = 0;
    uint64_t nonce_seed = 0;
    size_t segment_bytes = 0;
    uint64_t reserve_bytes = 0;
  };
  Place(Parts parts, std::string id, std::string dir);
  ~Place();  // writes what is queued

  const std::string& id() const { return id_; }
  const std::string& dir() const { return dir_; }
  const DiskGauge& gauge() const { return gauge_; }

  Result<Slot> reserve(uint64_t bytes);  // in the shared segment; bytes <= kBlobBytesMax
  Result<Slot> make_own();               // a segment for one blob
  BlobRef ref_of(const Slot& slot, uint64_t bytes) const;
  // write_at writes data of a blob; write_header its header. 0 or an errno.
  int write_at(const Slot& slot, uint64_t offset, ByteView bytes) const;
  int write_header(const Slot& slot, uint64_t bytes) const;
  // sync answers false after it raised the failure.
  bool sync(const Segment& segment);

  // finish makes a blob durable: `pieces` are written first; without a slot they get one.
  struct Finish {
    std::optional<Slot> slot;
    std::vector<SealedBytes> pieces;
    uint64_t bytes = 0;
    ResumePtr<Result<BlobRef>> resume;
  };
  Task<Result<BlobRef>> finish(std::optional<Slot> slot, std::vector<SealedBytes> pieces,
                               uint64_t bytes);

  // prepare writes the next segment's zeroes ahead, where the current one is filling up.
  void prepare();
  // take_sealed answers the segments sealed since the last call.
  std::vector<uint64_t> take_sealed();
  bool is_current(uint64_t segment) const;
  void seal_current();

 private:
  Status roll();
  Result<std::shared_ptr<Segment>> make_segment(SegmentHeader::Kind kind);
  bool adopt_ready(const std::string& path);
  void run();
  std::vector<Finish> take_group();
  void write_group(std::vector<Finish> group);
  Result<BlobRef> write_one(Finish& finish);

  const Parts parts_;
  const std::string id_, dir_;
  DiskGauge gauge_;

  mutable std::mutex place_mutex_;  // held over file creation, so never taken on an event loop
  std::shared_ptr<Segment> current_;
  uint64_t position_ = 0;
  bool ready_ = false;
  std::vector<uint64_t> sealed_;

  std::mutex queue_mutex_;
  std::condition_variable wake_;
  std::deque<Finish> queue_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace coffer::store::embedded
