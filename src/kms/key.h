#pragma once
// Key is one KMS key as the service knows it: an immutable record in memory, with its backing keys
// opened, so that using it takes no I/O. A change makes another Key. Source: KMS API Reference,
// KeyMetadata; KMS Developer Guide, "Key states of AWS KMS keys".
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "authz/engine.h"
#include "authz/policy.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace coffer::kms {

enum class KeyState : uint8_t { kEnabled = 1, kDisabled = 2, kPendingDeletion = 3 };
enum class KeyManager : uint8_t { kCustomer = 1, kAws = 2 };
enum class RotationKind : uint8_t { kFirst = 0, kAutomatic = 1, kOnDemand = 2 };

inline constexpr std::string_view kSymmetricSpec = "SYMMETRIC_DEFAULT";

// Material is one backing key. What is encrypted names the material's ID; old ones stay until the
// key is deleted. Only symmetric encryption keys have more than one.
struct Material {
  Hash256 id{};  // random; hex on the wire
  UnixMs created_ms = 0;
  RotationKind kind = RotationKind::kFirst;
  // 32 bytes, an HMAC key, or a private key in PKCS#8 DER; shared by the versions of the record
  std::shared_ptr<const Secret> opened;
};

struct Rotation {
  bool enabled = false;
  int64_t period_days = 365;
  UnixMs next_ms = 0;           // of the automatic one; only where enabled
  int64_t on_demand_count = 0;  // of the key's life, at most kOnDemandRotationsMax
};

struct KeyPolicy {
  std::shared_ptr<const authz::Policy> compiled;  // text() is what was put, verbatim
  std::map<std::string, std::string>
      bindings;  // principal's ARN -> unique ID at the time it was put
};

struct Key {
  std::string account, region, id;
  // Grows with every change of the record; part of what its rows are sealed with.
  uint64_t generation = 0;
  // The generation of the last change that ends cached keys: disabled, deletion scheduled, rotated.
  uint64_t cache_generation = 0;
  KeyState state = KeyState::kEnabled;
  KeyManager manager = KeyManager::kCustomer;
  UnixMs created_ms = 0;
  UnixMs deletion_ms = 0;  // only where deletion is pending
  std::string spec = "SYMMETRIC_DEFAULT", usage = "ENCRYPT_DECRYPT", origin = "AWS_KMS";
  bool multi_region = false;
  Rotation rotation;
  std::string description;
  std::map<std::string, std::string> tags;
  KeyPolicy policy;
  std::vector<Material>
      materials;  // oldest first; the last one is current; none: an aws/s3 key that is not made yet
  std::vector<std::shared_ptr<const authz::Grant>> grants;

  std::string arn() const;
  bool made() const { return !materials.empty(); }
  bool symmetric() const { return spec == kSymmetricSpec; }
  const Material& current() const { return materials.back(); }
  const Material* material(ByteView id) const;
};
using KeyPtr = std::shared_ptr<const Key>;

struct Alias {
  std::string name;    // "alias/app"
  std::string target;  // a key ID
  UnixMs created_ms = 0, updated_ms = 0;
};

constexpr size_t kAliasesPerKeyMax = 50;
constexpr size_t kTagsMax = 50;
constexpr size_t kPolicyBytesMax = 32 * 1024;
constexpr int64_t kOnDemandRotationsMax = 25;
inline constexpr std::string_view kS3AliasName = "alias/aws/s3";

std::string key_arn(std::string_view region, std::string_view account, std::string_view key_id);
std::string alias_arn(std::string_view region, std::string_view account,
                      std::string_view alias_name);
std::string_view state_name(KeyState state);

// managed_key_id is the ID of an account's aws/s3 key in a Region: it follows from the two, so that
// its ARN is known before the key is made and stays when it is.
std::string managed_key_id(std::string_view account, std::string_view region);

// Needs says in which states an operation works. Source: KMS Developer Guide, the table of key
// states.
enum class Needs : uint8_t { kEnabled, kNotPending, kPending };
// check_state answers DisabledException or KMSInvalidStateException. After the authorization, never
// before.
Status check_state(const Key& key, Needs needs);

}  // namespace coffer::kms
