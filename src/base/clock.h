#pragma once
// Clock tells time in Unix milliseconds. wall_ms is the machine's: SigV4 and certificates use it.
// business_ms is what sessions, lifecycle and deletion windows use; test mode moves it ahead.
// monotonic_ms only measures.
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coffer {

using UnixMs = int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMs wall_ms() const;
  UnixMs business_ms() const { return wall_ms() + ahead_ms_.load(std::memory_order_relaxed); }
  void advance_business(int64_t ms) { ahead_ms_.fetch_add(ms); }
  void reset_business() { ahead_ms_.store(0); }
  static int64_t monotonic_ms();
  static int64_t monotonic_ns();

 private:
  std::atomic<int64_t> ahead_ms_{0};
};

// ManualClock stands still until told. For tests.
class ManualClock : public Clock {
 public:
  explicit ManualClock(UnixMs now) : now_(now) {}
  UnixMs wall_ms() const override { return now_.load(); }
  void set(UnixMs now) { now_.store(now); }
  void advance(int64_t ms) { now_.fetch_add(ms); }

 private:
  std::atomic<UnixMs> now_;
};

std::string iso8601(UnixMs t);          // 2026-01-02T03:04:05Z
std::string iso8601_ms(UnixMs t);       // 2026-01-02T03:04:05.678Z, the form of S3's XML
std::string http_date(UnixMs t);        // Fri, 02 Jan 2026 03:04:05 GMT
std::string basic_date_time(UnixMs t);  // 20260102T030405Z, SigV4's
std::optional<UnixMs> parse_iso8601(
    std::string_view text);  // with or without fraction; Z or an offset
std::optional<UnixMs> parse_http_date(
    std::string_view text);  // RFC 9110 section 5.6.7, all three forms
std::optional<UnixMs> parse_basic_date_time(std::string_view text);

}  // namespace coffer
