// Reading records: all of them at start, one again after a conflict.
#include "base/log.h"
#include "kms/failures.h"
#include "kms/key_service.h"
#include "kms/records.h"

namespace coffer::kms {

namespace {

constexpr int kTornReadsMax = 8;

// Two keys with the same policy share one compiled form; this is what they are the same by.
std::string policy_identity(const std::string& text,
                            const std::map<std::string, std::string>& bindings) {
  std::string out = text;
  for (const auto& [arn, id] : bindings) out += fmt::format("\n{}\n{}", arn, id);
  return out;
}

}  // namespace

KeyService::KeyService(Deps deps) : deps_(std::move(deps)) {}
KeyService::~KeyService() = default;

Task<Status> KeyService::load() {
  CO_TRY(auto partitions, co_await deps_.meta.partitions("account/"));
  for (const store::Partition& in : partitions) CO_TRY_OK(co_await load_partition(in));
  co_return ok_status();
}

void KeyService::reset() {
  keys_.clear();
  aliases_.clear();
  aliases_of_.clear();
  tombstones_.clear();
  std::lock_guard lock(mutex_);
  policies_.clear();
  prospects_.clear();
}

Status KeyService::take_alias(const RowPlace& place, Bytes raw) {
  TRY(auto alias, open_alias(deps_.keys, place, raw));
  publish_alias(place, std::move(alias), std::move(raw));
  return ok_status();
}

Task<Status> KeyService::load_partition(store::Partition in) {
  const std::string account = in.name.substr(in.name.find('/') + 1);
  std::map<std::pair<std::string, std::string>, KeyRows>
      halves;  // (Region, key ID): its rows lie apart
  std::map<std::pair<std::string, std::string>, std::vector<std::shared_ptr<const authz::Grant>>>
      grants;
  store::Range range = store::prefix_range("kms/");
  for (bool more = true; more;) {
    CO_TRY(auto page, co_await deps_.meta.scan(in, range, {.rows = 4096, .bytes = 4 << 20}));
    more = page.more && !page.rows.empty();
    if (more) range.from = page.rows.back().key + '\0';
    for (store::Row& row : page.rows) {
      auto parsed = parse_row_name(row.key);
      if (!parsed) continue;
      auto& [kind, place] = *parsed;
      place.account = account;
      auto half = [&]() -> KeyRows& { return halves[{place.region, place.name}]; };
      switch (kind) {
        case RowKind::kHead:
          half().head = std::move(row.value);
          break;
        case RowKind::kDetails:
          half().details = std::move(row.value);
          break;
        case RowKind::kMaterial:
          half().material = std::move(row.value);
          break;
        case RowKind::kAlias:
          CO_TRY_OK(take_alias(place, std::move(row.value)));
          break;
        case RowKind::kGrant: {
          CO_TRY(auto grant, open_grant(deps_.keys, place, row.value));
          grants[{place.region, place.name.substr(0, place.name.find('/'))}].push_back(
              std::make_shared<const GrantRecord>(std::move(grant)));
          break;
        }
        case RowKind::kTombstone: {
          CO_TRY(auto tombstone, open_tombstone(deps_.keys, place, row.value));
          tombstones_.put(scope_of(account, place.region), place.name, std::move(tombstone),
                          std::move(row.value));
          break;
        }
      }
    }
  }
  for (auto& [name, rows] : halves) {
    const RowPlace place{account, name.first, name.second};
    CO_TRY(auto key, read_key(place, rows));
    if (auto of = grants.find(name); of != grants.end()) key.grants = std::move(of->second);
    keys_.put(scope_of(account, place.region), place.name, std::move(key), std::move(rows.head));
  }
  co_return ok_status();
}

Result<std::shared_ptr<const authz::Policy>> KeyService::compiled(
    const std::string& text, const std::map<std::string, std::string>& bindings) {
  const std::string identity = policy_identity(text, bindings);
  {
    std::lock_guard lock(mutex_);
    auto i = policies_.find(identity);
    if (i != policies_.end())
      if (auto known = i->second.lock()) return known;
  }
  TRY(auto policy, authz::Policy::parse(text, authz::PolicyKind::kKey));
  if (!bindings.empty()) policy = policy->with_bindings(bindings);
  std::lock_guard lock(mutex_);
  if (policies_.size() > 4096)
    std::erase_if(policies_, [](const auto& entry) { return entry.second.expired(); });
  policies_.insert_or_assign(identity, policy);
  return policy;
}

Result<Key> KeyService::read_key(const RowPlace& place, const KeyRows& rows) {
  std::string text;
  TRY(auto key, open_key(deps_.keys, place, rows, text));
  TRY(key.policy.compiled, compiled(text, key.policy.bindings));
  return key;
}

Task<Result<KeyService::KeyMap::Ptr>> KeyService::reread(RowPlace place) {
  const store::Partition in = partition_of(place.account);
  const std::string scope = scope_of(place.account, place.region);
  // The three rows are read one by one: a commit in between makes them differ in generation.
  for (int attempt = 0; attempt < kTornReadsMax; ++attempt) {
    CO_TRY(auto head, co_await deps_.meta.get(in, row_name(RowKind::kHead, place)));
    if (!head) {
      keys_.erase(scope, place.name);
      co_return KeyMap::Ptr();
    }
    CO_TRY(auto details, co_await deps_.meta.get(in, row_name(RowKind::kDetails, place)));
    CO_TRY(auto material, co_await deps_.meta.get(in, row_name(RowKind::kMaterial, place)));
    if (!details || !material) continue;
    auto key = read_key(place, {*head, *details, *material});
    if (!key.ok()) continue;
    CO_TRY(key->grants, co_await read_grants(place));
    co_return keys_.put(scope, place.name, std::move(*key), std::move(*head));
  }
  co_return internal_error("rows of key " + place.name + " do not agree");
}

Task<Result<KeyService::AliasMap::Ptr>> KeyService::reread_alias(RowPlace place) {
  CO_TRY(auto raw,
         co_await deps_.meta.get(partition_of(place.account), row_name(RowKind::kAlias, place)));
  if (!raw) {
    publish_alias(place, std::nullopt, {});
    co_return AliasMap::Ptr();
  }
  CO_TRY_OK(take_alias(place, std::move(*raw)));
  co_return alias_entry(place);
}

}  // namespace coffer::kms
