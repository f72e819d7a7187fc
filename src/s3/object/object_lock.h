#pragma once
// Object Lock: what keeps a version from being deleted. Source: S3 User Guide, "Locking objects
// with Object Lock"; spec/s3.md G for the words.
#include <optional>

#include "base/clock.h"
#include "base/result.h"

namespace coffer::s3 {

enum class LockMode : uint8_t { kGovernance = 1, kCompliance = 2 };

std::string_view lock_mode_name(LockMode mode);  // "GOVERNANCE", "COMPLIANCE"; empty: none
std::optional<LockMode> parse_lock_mode(std::string_view name);

struct Retention {
  LockMode mode = LockMode::kGovernance;
  UnixMs until_ms = 0;
  friend bool operator==(const Retention&, const Retention&) = default;
};

struct ObjectLock {
  std::optional<Retention> retention;
  std::optional<bool> legal_hold;  // absent: never set
  bool any() const { return retention || legal_hold; }
  friend bool operator==(const ObjectLock&, const ObjectLock&) = default;
};

// judge_deletion: may a version under this lock be deleted for good? `bypass`: the caller asked to
// pass over GOVERNANCE and is permitted to. Error: AccessDenied.
Status judge_deletion(const ObjectLock& lock, bool bypass, UnixMs now_ms);
// judge_retention: may the retention become `next` (nullopt: none)? It may always grow; COMPLIANCE
// never shrinks. Error: AccessDenied.
Status judge_retention(const ObjectLock& lock, const std::optional<Retention>& next, bool bypass,
                       UnixMs now_ms);

}  // namespace coffer::s3
