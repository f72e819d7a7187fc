#pragma once
// DiskGauge watches the free space of one directory's file system; Ballast keeps some of it back
// for the day it is full, so that deletes and the audit trail still find room.
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace coffer::store::embedded {

class DiskGauge {
 public:
  DiskGauge(std::string dir, uint64_t reserve_bytes)
      : dir_(std::move(dir)), reserve_(reserve_bytes) {}
  // accepts_bodies: free space is above the watermark, 5% of the disk or the reserve, whichever is
  // less.
  bool accepts_bodies() const;
  bool above_watermark() const;  // the same, no fault point
  uint64_t free_bytes() const;   // at most a second old
  void forget() const { read_at_ms_.store(kNever); }

 private:
  static constexpr int64_t kNever = -1'000'000;
  void refresh() const;
  std::string dir_;
  uint64_t reserve_;
  mutable std::atomic<int64_t> read_at_ms_{kNever};
  mutable std::atomic<uint64_t> free_{0}, total_{0};
};

class Ballast {
 public:
  Ballast(const std::string& dir, const DiskGauge& gauge)
      : path_(dir + "/ballast"), gauge_(gauge) {}
  // tend gives the ballast up where space runs out and takes it back where there is plenty. Never
  // on an event loop.
  void tend();
  void release();

 private:
  std::mutex mutex_;
  std::string path_;
  const DiskGauge& gauge_;
};

}  // namespace coffer::store::embedded
