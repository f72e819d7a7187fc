#pragma once
// The edits of a key's life: plain functions that change a copy of the record or refuse with AWS's
// words. KeyService::change commits what they made. Pure. Source: KMS API Reference; KMS Developer
// Guide, "Key states", "Deleting AWS KMS keys", "Rotating AWS KMS keys".
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "kms/key.h"

namespace coffer::kms {

constexpr int64_t kDayMs = 24 * 60 * 60 * 1000;
constexpr int64_t kPendingDaysMin = 7, kPendingDaysMax = 30, kPendingDaysDefault = 30;
constexpr int64_t kRotationDaysMin = 90, kRotationDaysMax = 2560, kRotationDaysDefault = 365;

Status set_enabled(Key& key, bool enabled);
Status schedule_deletion(Key& key, int64_t days, UnixMs now_ms);
Status cancel_deletion(Key& key);  // the key is disabled afterwards
Status set_description(Key& key, std::string description);

// Tags. Errors: TagException. check_tags judges a request's own list, before anything is known of a
// key.
using TagList = std::vector<std::pair<std::string, std::string>>;
Status check_tags(const TagList& tags);
Status add_tags(Key& key, const std::map<std::string, std::string>& tags);
Status remove_tags(Key& key, const std::vector<std::string>& names);

// check_rotates answers UnsupportedOperationException, without a message, for a key that is never
// rotated: any but a symmetric encryption key.
Status check_rotates(const Key& key);
// Automatic rotation. `days`: the period; a repeated call changes it, and the next date counts from
// now.
Status enable_rotation(Key& key, int64_t days, UnixMs now_ms);
Status disable_rotation(Key& key);
// add_material makes `material` the current one. An automatic rotation moves the next date on; on
// demand it does not.
Status add_material(Key& key, Material material);

}  // namespace coffer::kms
