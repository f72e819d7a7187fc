#pragma once
// SegmentBlobs is the BlobStore over segment files. What is live or garbage is known by rows that
// the linking commit writes (keys.h); this class reads, writes and frees the files.
#include <atomic>
#include <map>
#include <set>

#include "store/blob_store.h"
#include "store/embedded/committer.h"
#include "store/embedded/segment_files.h"
#include "store/embedded/segment_place.h"

namespace coffer::store::embedded {

class SegmentBlobs : public BlobStore {
 public:
  struct Parts {
    Db& db;
    Fatal& fatal;
    Committer& committer;
    LatchTable& latches;
    BlobBook& book;
    WorkPool& pool;
    uint64_t store = 0;
  };
  SegmentBlobs(Parts parts, std::map<std::string, std::unique_ptr<Place>> places);

  Task<Result<std::unique_ptr<BlobWriter>>> create(std::string place,
                                                   std::optional<uint64_t> bytes_hint) override;
  void give_up(const BlobRef& ref) override;
  Task<Result<SealedBytes>> read(BlobRef ref, uint64_t offset, size_t size) override;
  std::optional<Result<SealedBytes>> try_read(const BlobRef& ref, uint64_t offset,
                                              size_t size) override;
  std::shared_ptr<void> pin(const BlobRef& ref) override;
  bool accepts_bodies(const std::string& place) const override;
  Task<Result<std::vector<BlobRef>>> all(std::string place) override;
  Task<Result<size_t>> reap(int64_t now_ms, size_t max) override;
  std::shared_ptr<void> pause_reaping() override;

  // recover frees, at open, what a crash left: segments without a live blob, and what lies behind
  // the last live one. Where a segment is newer than the rows it touches none and answers a
  // sentence.
  Status recover();
  void prepare();  // for the keeper: the next segments' zeroes
  // forget_all removes every segment. Test mode only.
  void forget_all();

 private:
  // Holds outlive the store: handles are the callers'. Event loops pin, so that the mutex is never
  // held over work on files.
  struct Holds {
    std::mutex mutex;
    std::map<uint64_t, size_t> pins;  // by blob
    std::atomic<size_t> pauses{0};
  };
  struct Freed {
    Spot spot;
    Bytes garbage_key;
    bool counts = false;  // it was still there
  };
  Place* place_of(const std::string& id) const;
  std::optional<Result<Piece>> piece_of(const BlobRef& ref, uint64_t offset, size_t size) const;
  Status check_segment(const Place& place, uint64_t segment) const;
  void recover_segment(const Place& place, uint64_t segment);
  Result<std::vector<BlobRef>> list(const Place& place) const;

  Result<std::vector<Freed>> due(int64_t now_ms, size_t max);
  Status judge(std::vector<Freed>& page) const;
  void free_space(const std::vector<Freed>& page);
  // sweep unlinks the segment where nothing in it can be reached, else gives back its large gaps;
  // false: not yet, since a backup has the file too or it cannot be read.
  bool sweep(const Place& place, uint64_t segment);
  void collect_suspects();

  Parts parts_;
  std::map<std::string, std::unique_ptr<Place>> places_;
  SegmentFiles files_;
  std::shared_ptr<Holds> holds_ = std::make_shared<Holds>();
  std::mutex reaping_mutex_;                             // held over the reaper's work on files
  std::set<std::pair<std::string, uint64_t>> suspects_;  // segments that may hold free space
};

// make_segment_writer begins a blob of `hint` bytes, or of unknown length.
std::unique_ptr<BlobWriter> make_segment_writer(Place& place, SegmentBlobs::Parts parts,
                                                std::optional<uint64_t> hint);

}  // namespace coffer::store::embedded
