#include "kms/records.h"

#include "base/wire.h"

namespace coffer::kms {

// Whose material it is, and of which spec: one form of key must never be taken for another.
Bytes material_aad(const RowPlace& place, std::string_view spec, const Hash256& id) {
  Writer w;
  w.raw("coffer kms material")
      .bytes(place.account)
      .bytes(place.region)
      .bytes(place.name)
      .raw(id.view());
  if (spec != kSymmetricSpec) w.bytes(spec);
  return w.take();
}

namespace {

constexpr std::string_view kMagic = "CFKR";
constexpr uint8_t kVersion = 1;
constexpr size_t kFrameBytes = 4 + 1 + 1 + 8;
constexpr auto kSeries = seal::Series::kKms;

Bytes frame(RowKind kind, uint64_t generation) {
  Writer w;
  w.raw(kMagic).u8(static_cast<uint8_t>(kind)).u8(kVersion).u64(generation);
  return w.take();
}

Bytes seal_row(const seal::DomainKeys& keys, RowKind kind, const RowPlace& place,
               uint64_t generation, ByteView plaintext) {
  return frame(kind, generation) +
         keys.seal_bytes(kSeries, row_aad(kind, place, generation), plaintext);
}

struct OpenRow {
  uint64_t generation = 0;
  Bytes plaintext;
};
Result<OpenRow> open_row(const seal::DomainKeys& keys, RowKind kind, const RowPlace& place,
                         ByteView row) {
  Reader r(row);
  const bool ours =
      r.raw(4) == kMagic && r.u8() == static_cast<uint8_t>(kind) && r.u8() == kVersion;
  const uint64_t generation = r.u64();
  if (!ours || !r.ok())
    return internal_error(
        fmt::format("kms row {} is not in a form we know", row_name(kind, place)));
  TRY(auto plaintext,
      keys.open_bytes(kSeries, row_aad(kind, place, generation), row.substr(kFrameBytes)));
  return OpenRow{generation, std::move(plaintext)};
}

void write_map(Writer& w, const std::map<std::string, std::string>& map) {
  w.varint(map.size());
  for (const auto& [name, value] : map) w.bytes(name).bytes(value);
}

std::map<std::string, std::string> read_map(Reader& r) {
  std::map<std::string, std::string> out;
  for (size_t n = r.count(2); n > 0; --n) {
    std::string name = r.str();
    out.insert_or_assign(std::move(name), r.str());
  }
  return out;
}

Bytes encode_materials(const seal::DomainKeys& keys, const Key& key) {
  const RowPlace place{key.account, key.region, key.id};
  Writer w;
  w.varint(key.materials.size());
  for (const Material& m : key.materials) {
    w.raw(m.id.view()).u64(static_cast<uint64_t>(m.created_ms)).u8(static_cast<uint8_t>(m.kind));
    w.bytes(keys.wrap(kSeries, material_aad(place, key.spec, m.id), *m.opened));
  }
  return w.take();
}

Result<std::vector<Material>> decode_materials(const seal::DomainKeys& keys, const RowPlace& place,
                                               std::string_view spec, ByteView plaintext) {
  Reader r(plaintext);
  std::vector<Material> out;
  for (size_t n = r.count(42); n > 0; --n) {
    Material m;
    m.id = r.fixed<Hash256>();
    m.created_ms = static_cast<UnixMs>(r.u64());
    m.kind = static_cast<RotationKind>(r.u8());
    const ByteView wrapped = r.bytes();
    if (!r.ok()) break;
    TRY(auto secret, keys.unwrap(kSeries, material_aad(place, spec, m.id), wrapped));
    m.opened = std::make_shared<const Secret>(std::move(secret));
    out.push_back(std::move(m));
  }
  if (!r.done() || out.empty())
    return internal_error("backing keys of " + place.name + " do not decode");
  return out;
}

bool decode_head(ByteView plaintext, Key& key) {
  Reader r(plaintext);
  key.cache_generation = r.u64();
  key.state = static_cast<KeyState>(r.u8());
  key.manager = static_cast<KeyManager>(r.u8());
  key.created_ms = static_cast<UnixMs>(r.u64());
  key.deletion_ms = static_cast<UnixMs>(r.u64());
  key.spec = r.str();
  key.usage = r.str();
  key.origin = r.str();
  key.multi_region = r.u8() != 0;
  key.rotation.enabled = r.u8() != 0;
  key.rotation.period_days = static_cast<int64_t>(r.varint());
  key.rotation.next_ms = static_cast<UnixMs>(r.u64());
  key.rotation.on_demand_count = static_cast<int64_t>(r.varint());
  return r.done();
}

bool decode_details(ByteView plaintext, Key& key, std::string& policy) {
  Reader r(plaintext);
  key.description = r.str();
  key.tags = read_map(r);
  policy = r.str();
  key.policy.bindings = read_map(r);
  return r.done();
}

}  // namespace

store::Partition partition_of(std::string_view account) {
  return {fmt::format("account/{}", account)};
}
std::string scope_of(std::string_view account, std::string_view region) {
  std::string out;
  out.reserve(account.size() + 1 + region.size());
  out.append(account).append(1, '/').append(region);
  return out;
}

namespace {
constexpr std::string_view kKindNames[] = {"",      "key",  "details", "material",
                                           "alias", "gone", "grant"};
}

std::string row_name(RowKind kind, const RowPlace& place) {
  std::string_view name = place.name;
  if (kind == RowKind::kAlias && name.starts_with("alias/")) name.remove_prefix(6);
  return fmt::format("kms/{}/{}/{}", place.region, kKindNames[static_cast<size_t>(kind)], name);
}

std::optional<std::pair<RowKind, RowPlace>> parse_row_name(std::string_view row) {
  if (!row.starts_with("kms/")) return std::nullopt;
  row.remove_prefix(4);
  const size_t a = row.find('/');
  const size_t b = a == row.npos ? row.npos : row.find('/', a + 1);
  if (b == row.npos) return std::nullopt;
  const std::string_view kind = row.substr(a + 1, b - a - 1);
  for (size_t i = 1; i < std::size(kKindNames); ++i) {
    if (kind != kKindNames[i]) continue;
    const auto k = static_cast<RowKind>(i);
    std::string name(k == RowKind::kAlias ? "alias/" : "");
    name += row.substr(b + 1);
    return std::pair{k, RowPlace{.region = std::string(row.substr(0, a)), .name = std::move(name)}};
  }
  return std::nullopt;
}

Bytes row_aad(RowKind kind, const RowPlace& place, uint64_t generation) {
  Writer w;
  w.raw(frame(kind, generation)).bytes(place.account).bytes(place.region).bytes(place.name);
  return w.take();
}

Bytes encode_head(const Key& key) {
  Writer w;
  w.u64(key.cache_generation)
      .u8(static_cast<uint8_t>(key.state))
      .u8(static_cast<uint8_t>(key.manager));
  w.u64(static_cast<uint64_t>(key.created_ms)).u64(static_cast<uint64_t>(key.deletion_ms));
  w.bytes(key.spec).bytes(key.usage).bytes(key.origin).u8(key.multi_region ? 1 : 0);
  w.u8(key.rotation.enabled ? 1 : 0).varint(static_cast<uint64_t>(key.rotation.period_days));
  w.u64(static_cast<uint64_t>(key.rotation.next_ms))
      .varint(static_cast<uint64_t>(key.rotation.on_demand_count));
  return w.take();
}

Bytes encode_details(const Key& key) {
  Writer w;
  w.bytes(key.description);
  write_map(w, key.tags);
  w.bytes(key.policy.compiled->text());
  write_map(w, key.policy.bindings);
  return w.take();
}

Bytes encode_alias(const Alias& alias) {
  Writer w;
  w.bytes(alias.target)
      .u64(static_cast<uint64_t>(alias.created_ms))
      .u64(static_cast<uint64_t>(alias.updated_ms));
  return w.take();
}

Bytes encode_grant(const GrantRecord& grant) {
  Writer w;
  w.bytes(grant.grantee).bytes(grant.grantee_principal);
  w.bytes(grant.retiring).bytes(grant.retiring_principal).bytes(grant.name);
  w.u64(static_cast<uint64_t>(grant.created_ms)).u8(static_cast<uint8_t>(grant.constraint));
  write_map(w, grant.context);
  w.varint(grant.operations.size());
  for (const std::string& operation : grant.operations) w.bytes(operation);
  return w.take();
}

Bytes encode_tombstone(const Tombstone& tombstone) {
  Writer w;
  w.u32(tombstone.epoch)
      .u64(static_cast<uint64_t>(tombstone.deleted_ms))
      .varint(tombstone.materials.size());
  for (const Hash256& id : tombstone.materials) w.raw(id.view());
  return w.take();
}

KeyRows seal_key(const seal::DomainKeys& keys, const Key& key) {
  const RowPlace place{key.account, key.region, key.id};
  KeyRows out;
  // The head first: should a new epoch begin meanwhile, the head shows the earlier one.
  out.head = seal_row(keys, RowKind::kHead, place, key.generation, encode_head(key));
  out.details = seal_row(keys, RowKind::kDetails, place, key.generation, encode_details(key));
  out.material =
      seal_row(keys, RowKind::kMaterial, place, key.generation, encode_materials(keys, key));
  CHECK(out.head.size() <= store::kGuardedValueMax);
  return out;
}

Result<Key> open_key(const seal::DomainKeys& keys, const RowPlace& place, const KeyRows& rows,
                     std::string& policy) {
  TRY(auto head, open_row(keys, RowKind::kHead, place, rows.head));
  TRY(auto details, open_row(keys, RowKind::kDetails, place, rows.details));
  TRY(auto material, open_row(keys, RowKind::kMaterial, place, rows.material));
  if (details.generation != head.generation || material.generation != head.generation)
    return internal_error("rows of key " + place.name + " are of different generations");
  Key out;
  out.account = place.account;
  out.region = place.region;
  out.id = place.name;
  out.generation = head.generation;
  if (!decode_head(head.plaintext, out) || !decode_details(details.plaintext, out, policy))
    return internal_error("record of key " + place.name + " does not decode");
  TRY(out.materials, decode_materials(keys, place, out.spec, material.plaintext));
  return out;
}

Bytes seal_alias(const seal::DomainKeys& keys, const RowPlace& place, const Alias& alias) {
  return seal_row(keys, RowKind::kAlias, place, 0, encode_alias(alias));
}

Result<Alias> open_alias(const seal::DomainKeys& keys, const RowPlace& place, ByteView row) {
  TRY(auto opened, open_row(keys, RowKind::kAlias, place, row));
  Reader r(opened.plaintext);
  Alias out{.name = place.name, .target = r.str()};
  out.created_ms = static_cast<UnixMs>(r.u64());
  out.updated_ms = static_cast<UnixMs>(r.u64());
  if (!r.done()) return internal_error("alias " + place.name + " does not decode");
  return out;
}

Bytes seal_grant(const seal::DomainKeys& keys, const RowPlace& place, const GrantRecord& grant) {
  return seal_row(keys, RowKind::kGrant, place, 0, encode_grant(grant));
}

Result<GrantRecord> open_grant(const seal::DomainKeys& keys, const RowPlace& place, ByteView row) {
  TRY(auto opened, open_row(keys, RowKind::kGrant, place, row));
  Reader r(opened.plaintext);
  GrantRecord out;
  out.grant_id = place.name.substr(place.name.find('/') + 1);
  out.grantee = r.str();
  out.grantee_principal = r.str();
  out.retiring = r.str();
  out.retiring_principal = r.str();
  out.name = r.str();
  out.created_ms = static_cast<UnixMs>(r.u64());
  const uint8_t constraint = r.u8();
  out.constraint = static_cast<authz::Grant::Constraint>(constraint);
  out.context = read_map(r);
  for (size_t n = r.count(1); n > 0; --n) out.operations.push_back(r.str());
  if (!r.done() || constraint > 2)
    return internal_error("grant " + place.name + " does not decode");
  return out;
}

Bytes seal_tombstone(const seal::DomainKeys& keys, const RowPlace& place,
                     const Tombstone& tombstone) {
  return seal_row(keys, RowKind::kTombstone, place, tombstone.generation,
                  encode_tombstone(tombstone));
}

Result<Tombstone> open_tombstone(const seal::DomainKeys& keys, const RowPlace& place,
                                 ByteView row) {
  TRY(auto opened, open_row(keys, RowKind::kTombstone, place, row));
  Reader r(opened.plaintext);
  Tombstone out{.epoch = r.u32(),
                .deleted_ms = static_cast<UnixMs>(r.u64()),
                .generation = opened.generation};
  for (size_t n = r.count(32); n > 0; --n) out.materials.push_back(r.fixed<Hash256>());
  if (!r.done()) return internal_error("tombstone " + place.name + " does not decode");
  return out;
}

uint32_t epoch_of_row(ByteView row) {
  if (row.size() <= kFrameBytes || !row.starts_with(kMagic)) return 0;
  return seal::DomainKeys::epoch_of(row.substr(kFrameBytes));
}

}  // namespace coffer::kms
