#include "s3/object/object_lock.h"

namespace coffer::s3 {

namespace {
Error protected_by_lock() {
  return {"AccessDenied", "Access Denied because object protected by object lock."};
}
}  // namespace

std::string_view lock_mode_name(LockMode mode) {
  switch (mode) {
    case LockMode::kGovernance:
      return "GOVERNANCE";
    case LockMode::kCompliance:
      return "COMPLIANCE";
  }
  return "";
}

std::optional<LockMode> parse_lock_mode(std::string_view name) {
  if (name == "GOVERNANCE") return LockMode::kGovernance;
  if (name == "COMPLIANCE") return LockMode::kCompliance;
  return std::nullopt;
}

Status judge_deletion(const ObjectLock& lock, bool bypass, UnixMs now_ms) {
  if (lock.legal_hold.value_or(false)) return protected_by_lock();
  if (!lock.retention || lock.retention->until_ms <= now_ms) return ok_status();
  if (lock.retention->mode == LockMode::kGovernance && bypass) return ok_status();
  return protected_by_lock();
}

Status judge_retention(const ObjectLock& lock, const std::optional<Retention>& next, bool bypass,
                       UnixMs now_ms) {
  const auto& now = lock.retention;
  if (!now || now->until_ms <= now_ms) return ok_status();
  const bool weaker = !next || next->until_ms < now->until_ms ||
                      (now->mode == LockMode::kCompliance && next->mode != now->mode);
  const bool changes_mode = next && next->mode != now->mode;
  if (now->mode == LockMode::kCompliance) return weaker ? Status(protected_by_lock()) : ok_status();
  return (weaker || changes_mode) && !bypass ? Status(protected_by_lock()) : ok_status();
}

}  // namespace coffer::s3
