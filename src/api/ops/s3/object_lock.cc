#include "api/ops/s3/object_lock.h"

#include "base/encoding.h"

namespace coffer::api::s3_ops {
namespace {

constexpr UnixMs kDayMs = 24 * 3600 * 1000;

Error in_the_past() {
  return Error{"InvalidArgument", "The retain until date must be in the future!"};
}

}  // namespace

Result<s3::Retention> parse_retention(const std::string& mode, UnixMs until_ms, UnixMs now_ms) {
  const auto known = s3::parse_lock_mode(mode);
  if (!known) return s3::malformed_xml();
  if (until_ms <= now_ms) return in_the_past();
  return s3::Retention{*known, until_ms};
}

Result<s3::ObjectLock> LockHeaders::lock(UnixMs now_ms) const {
  s3::ObjectLock out;
  if (mode.has_value() != until.has_value())
    return Error{"InvalidArgument",
                 "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be "
                 "supplied"}
        .with("ArgumentName",
              mode ? "x-amz-object-lock-retain-until-date" : "x-amz-object-lock-mode");
  if (mode) {
    if (!s3::parse_lock_mode(*mode))
      return s3::invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", *mode);
    const auto date = parse_iso8601(*until);
    if (!date)
      return s3::invalid_argument("The retain until date must be provided in ISO 8601 format",
                                  "x-amz-object-lock-retain-until-date", *until);
    TRY(out.retention, parse_retention(*mode, *date, now_ms));
  }
  if (!legal_hold) return out;
  if (*legal_hold != "ON" && *legal_hold != "OFF")
    return s3::invalid_argument("Legal Hold must be either of 'ON' or 'OFF'",
                                "x-amz-object-lock-legal-hold", *legal_hold);
  out.legal_hold = *legal_hold == "ON";
  return out;
}

Status check_bucket_lock(const Bucket& bucket) {
  if (s3::configurations(bucket).object_lock) return ok_status();
  return Error{"InvalidRequest", "Bucket is missing Object Lock Configuration"};
}

void set_lock_conditions(Demand& demand, const s3::ObjectLock& lock, UnixMs now_ms) {
  if (lock.retention) {
    demand.conditions.set("s3:object-lock-mode",
                          std::string(s3::lock_mode_name(lock.retention->mode)));
    demand.conditions.set("s3:object-lock-retain-until-date", iso8601(lock.retention->until_ms));
    const UnixMs left = std::max<UnixMs>(lock.retention->until_ms - now_ms, 0);
    demand.conditions.set("s3:object-lock-remaining-retention-days",
                          std::to_string((left + kDayMs - 1) / kDayMs));
  }
  if (lock.legal_hold)
    demand.conditions.set("s3:object-lock-legal-hold", *lock.legal_hold ? "ON" : "OFF");
}

void add_lock_demands(std::vector<Demand>& demands, const Bucket& bucket, std::string_view key,
                      const s3::ObjectLock& lock, UnixMs now_ms) {
  const auto add = [&](std::string action) {
    demands.push_back(on_object(bucket, key, std::move(action)));
    set_lock_conditions(demands.back(), lock, now_ms);
  };
  if (lock.retention) add("s3:PutObjectRetention");
  if (lock.legal_hold) add("s3:PutObjectLegalHold");
}

Demand bypass_demand(const Bucket& bucket, std::string_view key) {
  return on_object(bucket, key, "s3:BypassGovernanceRetention");
}

std::optional<s3::Retention> default_retention(const Bucket& bucket, UnixMs now_ms) {
  const s3::Configurations& c = s3::configurations(bucket);
  if (!c.object_lock || !c.default_retention) return std::nullopt;
  constexpr UnixMs kDaysOfYear = 365;
  const s3::DefaultRetention& d = *c.default_retention;
  const UnixMs days = d.years > 0 ? UnixMs{d.years} * kDaysOfYear : UnixMs{d.days};
  return s3::Retention{d.mode, now_ms + days * kDayMs};
}

}  // namespace coffer::api::s3_ops
