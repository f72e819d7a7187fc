#pragma once
// What the operations of KMS share: the data types as they travel, how a key is named, demanded and
// used, and what the trail keeps of it. Never on record: plaintext, ciphertext, grant tokens.
// Source: KMS API Reference, data types; KMS Developer Guide, "Logging AWS KMS API calls with AWS
// CloudTrail".
#include <map>
#include <string>
#include <vector>

#include "api/op.h"
#include "kms/envelope.h"
#include "kms/key_service.h"
#include "kms/key_spec.h"
#include "kms/lifecycle.h"

namespace coffer::api::kms_ops {

using kms::EncryptionContext;
using kms::Key;
using kms::KeyPtr;
using kms::Names;
using kms::Target;
using protocol::Blob;
using protocol::Timestamp;

constexpr uint32_t kPolicyBodyMax = 512 * 1024;  // a policy of 131,072 characters, escaped
constexpr int64_t kPolicyMax = 131072;
using kms::kSymmetricSpec;
inline constexpr std::string_view kEncryptionAlgorithms =
    "SYMMETRIC_DEFAULT|RSAES_OAEP_SHA_1|RSAES_OAEP_SHA_256|SM2PKE";

struct TagEntity {
  std::string key, value;
  static constexpr auto shape() {
    return fields(body<&TagEntity::key>("TagKey", {.min = 1, .max = 128}),
                  body<&TagEntity::value>("TagValue", {.min = 0, .max = 256}));
  }
};

// Algorithms are what a key without a MAC's usage knows, under the name that its usage has.
using AlgorithmList = std::optional<std::vector<std::string>>;
struct Algorithms {
  AlgorithmList encryption, signing, agreement;
  static constexpr auto shape() {
    using A = Algorithms;
    return fields(body<&A::encryption>("EncryptionAlgorithms"),
                  body<&A::signing>("SigningAlgorithms"),
                  body<&A::agreement>("KeyAgreementAlgorithms"));
  }
};
Algorithms algorithm_lists(const Key& key);

struct MultiRegionKey {
  std::string arn, region;
  static constexpr auto shape() {
    return fields(body<&MultiRegionKey::arn>("Arn"), body<&MultiRegionKey::region>("Region"));
  }
};
struct MultiRegionConfiguration {
  std::string type;
  MultiRegionKey primary;
  std::vector<MultiRegionKey> replicas;
  static constexpr auto shape() {
    using M = MultiRegionConfiguration;
    return fields(body<&M::type>("MultiRegionKeyType"), body<&M::primary>("PrimaryKey"),
                  body<&M::replicas>("ReplicaKeys"));
  }
};

struct KeyMetadata {
  std::string account, key_id, arn, description, usage, state, origin, manager, spec, legacy_spec;
  Timestamp created;
  bool enabled = false, multi_region = false;
  std::optional<Timestamp> deletion;
  Algorithms algorithms;
  AlgorithmList mac_algorithms;
  std::optional<MultiRegionConfiguration> multi_region_configuration;
  std::optional<std::string> current_material;  // of a symmetric key
  static constexpr auto shape() {
    using M = KeyMetadata;
    return fields(body<&M::account>("AWSAccountId"), body<&M::key_id>("KeyId"),
                  body<&M::arn>("Arn"), body<&M::created>("CreationDate"),
                  body<&M::enabled>("Enabled"), body<&M::description>("Description"),
                  body<&M::usage>("KeyUsage"), body<&M::state>("KeyState"),
                  body<&M::deletion>("DeletionDate"), body<&M::origin>("Origin"),
                  body<&M::manager>("KeyManager"), body<&M::legacy_spec>("CustomerMasterKeySpec"),
                  body<&M::spec>("KeySpec"), group<&M::algorithms>(),
                  body<&M::mac_algorithms>("MacAlgorithms"), body<&M::multi_region>("MultiRegion"),
                  body<&M::multi_region_configuration>("MultiRegionConfiguration"),
                  body<&M::current_material>("CurrentKeyMaterialId"));
  }
};
KeyMetadata metadata_of(const Key& key);
// metadata_json is what the trail shows as responseElements.keyMetadata.
std::string metadata_json(const KeyMetadata& metadata);

std::map<std::string, std::string> tags_of(const std::vector<TagEntity>& tags);
Status check_tags(const std::vector<TagEntity>& tags);

// KeyOnly is the input of operations that take a key and nothing else.
struct KeyOnly {
  std::string key_id;
  static constexpr auto shape() {
    return fields(body<&KeyOnly::key_id>("KeyId", {.min = 1, .max = 2048}));
  }
};
struct Nothing {};

// Every operation that can be tried without being done. `recipient`: attested enclaves, which are
// not served.
struct Recipient {
  std::optional<std::string> key_encryption_algorithm;
  static constexpr auto shape() {
    return fields(body<&Recipient::key_encryption_algorithm>("KeyEncryptionAlgorithm"));
  }
};
Status check_recipient(const std::optional<Recipient>& recipient);
Error dry_run_succeeded();
// check_grant_tokens: each has to name a grant that there is. A grant counts as soon as it is made,
// so that its token changes no decision. Error: InvalidGrantTokenException.
Status check_grant_tokens(const Call& call, const std::vector<std::string>& tokens);

// ---- Facts. The trail learns keyId as it was sent.
Task<Result<Target>> key_named(Call& call, std::string identifier, Names names = Names::kKeysOnly);
// key_of_blob is the key that a ciphertext was made under, or the one that the caller says it was.
Task<Result<Target>> key_of_blob(Call& call, ByteView blob, std::optional<std::string> key_id);

// ---- Demands.
Demand demand_on(const Call& call, const Target& target, std::string_view operation,
                 const EncryptionContext* context = nullptr);
// demand_without_key is for what no key policy decides. `resource`: "*", or an alias's ARN.
Demand demand_without_key(const Call& call, std::string_view operation, std::string resource = "*");

// ---- Running.
// key_for_use answers the key, made where this is its first use, in a state that allows
// cryptography.
Task<Result<KeyPtr>> key_for_use(Call& call, Target target, const EncryptionContext& context);
// key_for is the same for operations without a context, and holds the key to what they need: the
// usage and the algorithm. Error: InvalidKeyUsageException, as `operation` is named in it.
struct Use {
  std::string_view operation, usage;
  std::string algorithm;
};
Task<Result<KeyPtr>> key_for(Call& call, Target target, Use use);
// used notes a successful use of `key`, in its owner's trail too. `material`: of a symmetric key.
Task<Status> used(Call& call, KeyPtr key, std::optional<Hash256> material = std::nullopt);
// check_named answers IncorrectKeyException where `blob` is of another key than the one named.
Status check_named(const Key& key, ByteView blob);
std::string material_hex(const Hash256& material);

// ---- The trail.
void note(Call& call, std::string_view name, std::string value);
void note(Call& call, std::string_view name, std::optional<std::string> value);
void note_number(Call& call, std::string_view name, std::optional<int64_t> value);
void note_flag(Call& call, std::string_view name, std::optional<bool> value);
void note_context(Call& call, std::string_view name, const EncryptionContext& context);
void note_tags(Call& call, const std::vector<TagEntity>& tags);
void note_resource(Call& call, const Key& key);

// ---- Pages. A marker is opaque to the client.
Result<std::string> after_marker(const std::optional<std::string>& marker);
std::string marker_after(std::string_view last);

}  // namespace coffer::api::kms_ops
