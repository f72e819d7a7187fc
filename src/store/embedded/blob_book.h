#pragma once
// BlobBook knows the blobs that were begun in this process and that no commit has linked yet: they
// have no row, and their segment must not be freed. After a crash nobody can link them any more, so
// that memory suffices.
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace coffer::store::embedded {

class BlobBook {
 public:
  void begin(uint64_t blob, std::string place, uint64_t segment);
  // touch tells whether the blob waits to be linked, and prolongs its time.
  bool touch(uint64_t blob);
  void end(uint64_t blob);      // linked, unlinked or never finished
  void give_up(uint64_t blob);  // finished, and never to be linked
  // expire ends those not touched since `before_ms` (monotonic) and answers their places and
  // segments, and those of the blobs that were given up since the last call.
  std::vector<std::pair<std::string, uint64_t>> expire(int64_t before_ms);
  bool any_in(uint64_t segment) const;
  void clear();

 private:
  struct Entry {
    std::string place;
    uint64_t segment;
    int64_t touched_ms;
  };
  void end_locked(std::unordered_map<uint64_t, Entry>::iterator i);
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, Entry> blobs_;
  std::map<uint64_t, size_t> by_segment_;
  std::vector<std::pair<std::string, uint64_t>> given_up_;
};

}  // namespace coffer::store::embedded
