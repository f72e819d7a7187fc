#pragma once
// The rows of the key service: docs/formats/kms_records.md. A key is three rows, written together:
// the head, which commits guard, the details (policy, description, tags), and the backing keys.
// Every row is sealed and bound to its kind, account, Region, name and generation.
#include <optional>
#include <string>

#include "kms/grants.h"
#include "kms/key.h"
#include "seal/domain_keys.h"
#include "store/meta_store.h"

namespace coffer::kms {

enum class RowKind : uint8_t {
  kHead = 1,
  kDetails = 2,
  kMaterial = 3,
  kAlias = 4,
  kTombstone = 5,
  kGrant = 6
};

// Where a row belongs. `name`: a key ID, an alias's name, or of a grant KEY-ID/GRANT-ID.
struct RowPlace {
  std::string account, region, name;
};

store::Partition partition_of(std::string_view account);
std::string scope_of(std::string_view account, std::string_view region);  // of the maps in memory
std::string row_name(RowKind kind, const RowPlace& place);
// parse_row_name is its inverse, without the account; nullopt: no row of ours.
std::optional<std::pair<RowKind, RowPlace>> parse_row_name(std::string_view row);

struct KeyRows {
  Bytes head, details, material;
};
KeyRows seal_key(const seal::DomainKeys& keys, const Key& key);
// open_key fails where a row is damaged or of another generation than the head. The policy is left
// uncompiled: its text goes to `policy`.
Result<Key> open_key(const seal::DomainKeys& keys, const RowPlace& place, const KeyRows& rows,
                     std::string& policy);

Bytes seal_alias(const seal::DomainKeys& keys, const RowPlace& place, const Alias& alias);
Result<Alias> open_alias(const seal::DomainKeys& keys, const RowPlace& place, ByteView row);

Bytes seal_grant(const seal::DomainKeys& keys, const RowPlace& place, const GrantRecord& grant);
Result<GrantRecord> open_grant(const seal::DomainKeys& keys, const RowPlace& place, ByteView row);

// A tombstone is what is left of a deleted key: while the domain key `epoch` lives, a copy of the
// old rows could be opened.
struct Tombstone {
  uint32_t epoch = 0;
  UnixMs deleted_ms = 0;
  std::vector<Hash256> materials;  // IDs of what was destroyed
  uint64_t generation = 0;
};
Bytes seal_tombstone(const seal::DomainKeys& keys, const RowPlace& place,
                     const Tombstone& tombstone);
Result<Tombstone> open_tombstone(const seal::DomainKeys& keys, const RowPlace& place, ByteView row);

uint32_t epoch_of_row(ByteView row);  // the domain key that sealed it; 0 where it is none of ours
Bytes row_aad(RowKind kind, const RowPlace& place, uint64_t generation);
Bytes material_aad(const RowPlace& place, std::string_view spec, const Hash256& id);
Bytes encode_head(const Key& key);  // the plaintexts, for the format's tests
Bytes encode_details(const Key& key);
Bytes encode_alias(const Alias& alias);
Bytes encode_grant(const GrantRecord& grant);
Bytes encode_tombstone(const Tombstone& tombstone);

}  // namespace coffer::kms
