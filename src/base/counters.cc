#include "base/counters.h"

namespace coffer {

std::atomic<int64_t>& Counters::at(const std::string& name) {
  std::lock_guard lock(mutex_);
  return values_.try_emplace(name, 0).first->second;
}

std::map<std::string, int64_t> Counters::snapshot() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, int64_t> out;
  for (const auto& [name, value] : values_) {
    out.emplace_hint(out.end(), name, value.load(std::memory_order_relaxed));
  }
  return out;
}

Counters& Counters::process() {
  static Counters& counters = *new Counters;  // threads may still count while the process exits
  return counters;
}

}  // namespace coffer
