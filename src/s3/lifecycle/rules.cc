#include "s3/lifecycle/rules.h"

#include <algorithm>

namespace coffer::s3 {

namespace {
constexpr UnixMs kDayMs = 24 * 3600 * 1000;

// A delete marker has neither size nor tags: only a filter by prefix meets it.
bool meets(const LifecycleFilter& filter, const Aged& version) {
  if (!version.key.starts_with(filter.prefix)) return false;
  const bool by_content = !filter.tags.empty() || filter.bytes_above || filter.bytes_below;
  if (version.head.delete_marker) return !by_content;
  if (filter.bytes_above && version.head.bytes <= *filter.bytes_above) return false;
  if (filter.bytes_below && version.head.bytes >= *filter.bytes_below) return false;
  return std::all_of(filter.tags.begin(), filter.tags.end(), [&](const auto& tag) {
    const auto found = version.tags.find(tag.first);
    return found != version.tags.end() && found->second == tag.second;
  });
}

bool current_expires(const LifecycleRule& rule, const Aged& version, UnixMs now_ms) {
  const Head& head = version.head;
  const bool by_age =
      (rule.expiration_days && due(head.modified_ms, *rule.expiration_days) <= now_ms) ||
      (rule.expiration_date_ms && *rule.expiration_date_ms <= now_ms);
  if (!head.delete_marker) return by_age;
  return version.alone && (by_age || rule.expired_delete_marker.value_or(false));
}
}  // namespace

UnixMs due(UnixMs from_ms, uint32_t days) {
  return ((from_ms + UnixMs{days} * kDayMs) / kDayMs + 1) * kDayMs;
}

bool expires(const LifecycleRule& rule, const Aged& version, UnixMs now_ms) {
  if (!rule.enabled || !meets(rule.filter, version)) return false;
  if (!version.noncurrent_since_ms) return current_expires(rule, version, now_ms);
  return rule.noncurrent_days &&
         due(*version.noncurrent_since_ms, *rule.noncurrent_days) <= now_ms &&
         version.newer_noncurrent >= rule.noncurrent_kept.value_or(0);
}

bool aborts(const LifecycleRule& rule, const std::string& key, UnixMs initiated_ms, UnixMs now_ms) {
  return rule.enabled && rule.abort_upload_days && key.starts_with(rule.filter.prefix) &&
         due(initiated_ms, *rule.abort_upload_days) <= now_ms;
}

bool needs_tags(const std::vector<LifecycleRule>& rules) {
  return std::any_of(rules.begin(), rules.end(), [](const LifecycleRule& rule) {
    return rule.enabled && !rule.filter.tags.empty();
  });
}

}  // namespace coffer::s3
