#include "store/embedded/disk_gauge.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "store/embedded/file_io.h"

namespace coffer::store::embedded {

constexpr int64_t kStaleMs = 1000;
constexpr uint64_t kBallastBytes = 64 << 20;
constexpr uint64_t kLowMarkBytes = 96 << 20;
constexpr uint64_t kPlentyBytes = kLowMarkBytes + kBallastBytes + (256 << 20);

void DiskGauge::refresh() const {
  int64_t now_ms = Clock::monotonic_ms();
  if (now_ms - read_at_ms_.load(std::memory_order_relaxed) < kStaleMs) return;
  struct statvfs fs{};
  if (::statvfs(dir_.c_str(), &fs) != 0) return;
  free_.store(uint64_t{fs.f_bavail} * fs.f_frsize, std::memory_order_relaxed);
  total_.store(uint64_t{fs.f_blocks} * fs.f_frsize, std::memory_order_relaxed);
  read_at_ms_.store(now_ms, std::memory_order_relaxed);
}

uint64_t DiskGauge::free_bytes() const {
  refresh();
  return free_.load(std::memory_order_relaxed);
}

bool DiskGauge::accepts_bodies() const { return !fault::failed("disk.full") && above_watermark(); }

bool DiskGauge::above_watermark() const {
  uint64_t free = free_bytes();
  return free >= std::min(total_.load(std::memory_order_relaxed) / 20, reserve_);
}

void Ballast::tend() {
  std::lock_guard lock(mutex_);
  uint64_t free = gauge_.free_bytes();
  struct stat file{};
  bool full_size = ::stat(path_.c_str(), &file) == 0 && uint64_t(file.st_size) >= kBallastBytes;
  if (full_size && free < kLowMarkBytes) {
    log::warn("store.ballast_released", {{"free_bytes", std::to_string(free)}});
    if (::truncate(path_.c_str(), 0) == 0) gauge_.forget();
  } else if (!full_size && free > kPlentyBytes) {
    Fd fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd.ok() || ::fallocate(fd.get(), 0, 0, kBallastBytes) == 0) return;
    if (write_zeroes(fd.get(), 0, kBallastBytes) != 0) (void)::ftruncate(fd.get(), 0);
  }
}

void Ballast::release() {
  std::lock_guard lock(mutex_);
  if (::truncate(path_.c_str(), 0) == 0) gauge_.forget();
}

}  // namespace coffer::store::embedded
