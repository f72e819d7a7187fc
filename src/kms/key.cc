#include "kms/key.h"

#include "base/encoding.h"
#include "crypto/digest.h"

namespace coffer::kms {

std::string key_arn(std::string_view region, std::string_view account, std::string_view key_id) {
  std::string out;  // taken with every use of a key
  out.reserve(80);
  out.append("arn:aws:kms:")
      .append(region)
      .append(1, ':')
      .append(account)
      .append(":key/")
      .append(key_id);
  return out;
}

std::string alias_arn(std::string_view region, std::string_view account,
                      std::string_view alias_name) {
  return fmt::format("arn:aws:kms:{}:{}:{}", region, account, alias_name);
}

std::string Key::arn() const { return key_arn(region, account, id); }

const Material* Key::material(ByteView wanted) const {
  for (auto i = materials.rbegin(); i != materials.rend(); ++i)
    if (i->id.view() == wanted) return &*i;
  return nullptr;
}

std::string_view state_name(KeyState state) {
  switch (state) {
    case KeyState::kEnabled:
      return "Enabled";
    case KeyState::kDisabled:
      return "Disabled";
    case KeyState::kPendingDeletion:
      return "PendingDeletion";
  }
  return "Unavailable";
}

std::string managed_key_id(std::string_view account, std::string_view region) {
  Hash256 h = crypto::sha256(
      fmt::format("coffer kms managed key\n{}\n{}\n{}", kS3AliasName, account, region));
  h[6] = (h[6] & 0x0f) | 0x40;  // the form of a version 4 UUID, which clients' patterns expect
  h[8] = (h[8] & 0x3f) | 0x80;
  const std::string digits = hex(h.view().substr(0, 16));
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                     digits.substr(12, 4), digits.substr(16, 4), digits.substr(20, 12));
}

Status check_state(const Key& key, Needs needs) {
  const bool pending = key.state == KeyState::kPendingDeletion;
  if (needs == Needs::kPending) {
    if (!pending) return Error{"KMSInvalidStateException", key.arn() + " is not pending deletion."};
    return ok_status();
  }
  if (pending) return Error{"KMSInvalidStateException", key.arn() + " is pending deletion."};
  if (needs == Needs::kEnabled && key.state == KeyState::kDisabled)
    return Error{"DisabledException", key.arn() + " is disabled."};
  return ok_status();
}

}  // namespace coffer::kms
