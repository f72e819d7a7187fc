#pragma once
// Counters are process-wide figures by name, read by the metrics page: adding is one relaxed atomic
// operation.
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace coffer {

class Counters {
 public:
  std::atomic<int64_t>& at(
      const std::string& name);  // made on first use; the reference stays valid
  std::map<std::string, int64_t> snapshot() const;
  static Counters& process();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::atomic<int64_t>> values_;  // nodes never move and are never removed
};

}  // namespace coffer
