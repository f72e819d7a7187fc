#include "kms/lifecycle.h"

#include <set>

#include "base/encoding.h"

namespace coffer::kms {

Status set_enabled(Key& key, bool enabled) {
  TRY_OK(check_state(key, Needs::kNotPending));
  key.state = enabled ? KeyState::kEnabled : KeyState::kDisabled;
  return ok_status();
}

Status schedule_deletion(Key& key, int64_t days, UnixMs now_ms) {
  TRY_OK(check_state(key, Needs::kNotPending));
  key.state = KeyState::kPendingDeletion;
  key.deletion_ms = now_ms + days * kDayMs;
  return ok_status();
}

Status cancel_deletion(Key& key) {
  TRY_OK(check_state(key, Needs::kPending));
  key.state = KeyState::kDisabled;
  key.deletion_ms = 0;
  return ok_status();
}

Status set_description(Key& key, std::string description) {
  TRY_OK(check_state(key, Needs::kNotPending));
  key.description = std::move(description);
  return ok_status();
}

Status check_tags(const TagList& tags) {
  if (tags.size() > kTagsMax) return Error{"TagException", "Too many tags"};
  // Condition keys that are made of tags ignore case: of two such tags a policy would see one.
  std::set<std::string> seen;
  for (const auto& [name, value] : tags) {
    if (lower(name.substr(0, 4)) == "aws:")
      return Error{"TagException", "Tags beginning with aws: are reserved"};
    if (!seen.insert(lower(name)).second) return Error{"TagException", "Duplicate tag keys"};
  }
  return ok_status();
}

Status add_tags(Key& key, const std::map<std::string, std::string>& tags) {
  TRY_OK(check_state(key, Needs::kNotPending));
  for (const auto& [name, value] : tags) {
    for (const auto& [old, _] : key.tags)
      if (old != name && iequals(old, name)) return Error{"TagException", "Duplicate tag keys"};
    key.tags.insert_or_assign(name, value);
  }
  if (key.tags.size() > kTagsMax) return Error{"TagException", "Too many tags"};
  return ok_status();
}

Status remove_tags(Key& key, const std::vector<std::string>& names) {
  TRY_OK(check_state(key, Needs::kNotPending));
  for (const std::string& name : names) key.tags.erase(name);
  return ok_status();
}

Status check_rotates(const Key& key) {
  if (key.symmetric()) return ok_status();
  return Error{"UnsupportedOperationException", ""};
}

Status enable_rotation(Key& key, int64_t days, UnixMs now_ms) {
  TRY_OK(check_state(key, Needs::kEnabled));
  TRY_OK(check_rotates(key));
  key.rotation.enabled = true;
  key.rotation.period_days = days;
  key.rotation.next_ms = now_ms + days * kDayMs;
  return ok_status();
}

Status disable_rotation(Key& key) {
  TRY_OK(check_state(key, Needs::kEnabled));
  TRY_OK(check_rotates(key));
  key.rotation.enabled = false;
  key.rotation.next_ms = 0;
  return ok_status();
}

Status add_material(Key& key, Material material) {
  TRY_OK(check_state(key, Needs::kEnabled));
  TRY_OK(check_rotates(key));
  if (material.kind == RotationKind::kOnDemand) {
    if (key.rotation.on_demand_count >= kOnDemandRotationsMax)
      return Error{"LimitExceededException",
                   "The on-demand rotations limit has been reached for the given keyId. No more "
                   "on-demand rotations can be performed "
                   "for this key: " +
                       key.arn()};
    ++key.rotation.on_demand_count;
  }
  if (material.kind == RotationKind::kAutomatic)
    key.rotation.next_ms = material.created_ms + key.rotation.period_days * kDayMs;
  key.materials.push_back(std::move(material));
  return ok_status();
}

}  // namespace coffer::kms
