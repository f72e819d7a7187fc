// Grants in the store and in memory. A grant is a row of its own; its commit expects the key's head
// unchanged, and takes its turn among the key's changes.
#include <algorithm>

#include "base/encoding.h"
#include "kms/failures.h"
#include "kms/grants.h"
#include "kms/key_service.h"
#include "kms/records.h"

namespace coffer::kms {

namespace {

constexpr int kAttemptsMax = 10;
constexpr size_t kRowsAtOnce = 1000;

RowPlace grant_place(const RowPlace& key, std::string_view grant_id) {
  return {key.account, key.region, fmt::format("{}/{}", key.name, grant_id)};
}

store::Range grants_range(const RowPlace& key) {
  return store::prefix_range(row_name(RowKind::kGrant, grant_place(key, "")));
}

Error key_gone(const RowPlace& place) {
  return {"NotFoundException",
          fmt::format("Key '{}' does not exist", key_arn(place.region, place.account, place.name))};
}

bool alike(const GrantRecord& a, const GrantRecord& b) {
  return a.name == b.name && a.grantee_principal == b.grantee_principal && a.grantee == b.grantee &&
         a.retiring == b.retiring && a.retiring_principal == b.retiring_principal &&
         a.operations == b.operations && a.constraint == b.constraint && a.context == b.context;
}

GrantPtr named_alike(const Key& key, const GrantRecord& wanted) {
  if (wanted.name.empty()) return nullptr;
  for (const auto& grant : key.grants)
    if (auto record = record_of(grant); alike(*record, wanted)) return record;
  return nullptr;
}

Key with_grant(const Key& key, GrantPtr grant) {
  Key out = key;
  auto at = std::lower_bound(out.grants.begin(), out.grants.end(), grant->grant_id,
                             [](const auto& g, const auto& id) { return g->grant_id < id; });
  out.grants.insert(at, std::move(grant));
  return out;
}

}  // namespace

Status KeyService::check_new_grant(const Key& key, GrantRecord& wanted) const {
  TRY_OK(check_state(key, Needs::kEnabled));
  TRY_OK(check_grant(key, wanted));
  TRY(wanted.grantee_principal, bind_principal(wanted.grantee, deps_.principals));
  if (!wanted.retiring.empty()) {
    TRY(wanted.retiring_principal, bind_principal(wanted.retiring, deps_.principals));
  }
  if (key.grants.size() >= kGrantsPerKeyMax && !named_alike(key, wanted))
    return Error{"LimitExceededException",
                 "You have reached the limit of grants for this KMS key."};
  return ok_status();
}

Task<Result<GrantPtr>> KeyService::create_grant(Target target, GrantRecord wanted,
                                                audit::Draft& draft) {
  CO_TRY(KeyPtr judged, co_await made(std::move(target)));
  const RowPlace place{judged->account, judged->region, judged->id};
  const std::string scope = scope_of(place.account, place.region);
  auto turn = co_await turns_.take(row_name(RowKind::kHead, place));
  Writers::Guard writing(writers_);
  wanted.created_ms = deps_.clock.business_ms();
  Hash256 id;
  deps_.random.fill({reinterpret_cast<char*>(id.data()), id.size()});
  wanted.grant_id = hex(id.view());
  KeyMap::Ptr before = keys_.find(scope, place.name);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (!before) co_return key_gone(place);
    const Key& key = before->value;
    if (key.policy.compiled != judged->policy.compiled || key.tags != judged->tags)
      co_return try_again();
    CO_TRY_OK(check_new_grant(key, wanted));
    if (auto there = named_alike(key, wanted)) co_return there;
    const RowPlace row = grant_place(place, wanted.grant_id);
    const std::string name = row_name(RowKind::kGrant, row);
    Bytes raw = seal_grant(deps_.keys, row, wanted);
    store::Batch batch{.in = partition_of(place.account)};
    batch.expect.push_back({row_name(RowKind::kHead, place), before->raw});
    batch.puts.push_back({name, raw});
    CO_TRY(Outcome outcome, co_await commit(std::move(batch), name, std::move(raw), &draft));
    if (outcome == Outcome::kApplied) {
      auto record = std::make_shared<const GrantRecord>(std::move(wanted));
      keys_.put(scope, place.name, with_grant(key, record), before->raw);
      co_return record;
    }
    CO_TRY(before, co_await reread(place));
  }
  co_return try_again();
}

Task<Status> KeyService::end_grant(Target target, std::string grant_id, audit::Draft& draft) {
  CO_TRY(KeyPtr judged, co_await made(std::move(target)));
  const RowPlace place{judged->account, judged->region, judged->id};
  const std::string scope = scope_of(place.account, place.region);
  auto turn = co_await turns_.take(row_name(RowKind::kHead, place));
  Writers::Guard writing(writers_);
  KeyMap::Ptr before = keys_.find(scope, place.name);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (!before) co_return key_gone(place);
    if (!grant_of(before->value, grant_id))
      co_return Error{"NotFoundException", fmt::format("Grant ID {} not found", grant_id)};
    const std::string name = row_name(RowKind::kGrant, grant_place(place, grant_id));
    store::Batch batch{.in = partition_of(place.account)};
    batch.expect.push_back({row_name(RowKind::kHead, place), before->raw});
    batch.deletes.push_back(name);
    CO_TRY(Outcome outcome, co_await commit(std::move(batch), name, std::nullopt, &draft));
    if (outcome == Outcome::kApplied) {
      Key after = before->value;
      std::erase_if(after.grants, [&](const auto& g) { return g->grant_id == grant_id; });
      keys_.put(scope, place.name, std::move(after), before->raw);
      co_return ok_status();
    }
    CO_TRY(before, co_await reread(place));
  }
  co_return try_again();
}

Result<std::pair<KeyPtr, GrantPtr>> KeyService::grant_of_token(std::string_view token) const {
  if (auto named = parse_grant_token(token))
    if (KeyPtr key = key_of_arn(named->key_arn))
      if (GrantPtr grant = grant_of(*key, named->grant_id)) return std::pair{key, grant};
  return Error{"InvalidGrantTokenException", "The grant token is not valid."};
}

std::vector<std::pair<KeyPtr, GrantPtr>> KeyService::retirable_grants(std::string_view account,
                                                                      std::string_view region,
                                                                      std::string_view principal,
                                                                      std::string_view after,
                                                                      size_t max) const {
  std::vector<std::pair<KeyPtr, GrantPtr>> out;
  const std::string bound = deps_.principals.id_of(principal).value_or(std::string(principal));
  std::string from;
  for (bool more = true; more && out.size() < max;) {
    const auto keys = list_keys(account, region, from, kRowsAtOnce);
    more = keys.size() == kRowsAtOnce;
    if (more) from = keys.back()->id;
    for (const KeyPtr& key : keys)
      for (const auto& grant : key->grants) {
        const GrantPtr record = record_of(grant);
        const bool its = record->retiring == principal && record->retiring_principal == bound;
        if (its && out.size() < max && key->id + "/" + record->grant_id > after)
          out.emplace_back(key, record);
      }
  }
  return out;
}

Task<Result<std::vector<std::shared_ptr<const authz::Grant>>>> KeyService::read_grants(
    RowPlace place) {
  std::vector<std::shared_ptr<const authz::Grant>> out;
  store::Range range = grants_range(place);
  for (bool more = true; more;) {
    CO_TRY(auto page, co_await deps_.meta.scan(partition_of(place.account), range,
                                               {.rows = kRowsAtOnce, .bytes = 4 << 20}));
    more = page.more && !page.rows.empty();
    if (more) range.from = page.rows.back().key + '\0';
    for (const store::Row& row : page.rows) {
      const std::string_view id = std::string_view(row.key).substr(row.key.rfind('/') + 1);
      CO_TRY(auto grant, open_grant(deps_.keys, grant_place(place, id), row.value));
      out.push_back(std::make_shared<const GrantRecord>(std::move(grant)));
    }
  }
  co_return out;
}

// drop_grants deletes all of a key's grants, some at a time; null: the key changed meanwhile. In
// the key's turn.
Task<Result<KeyService::KeyMap::Ptr>> KeyService::drop_grants(RowPlace place, KeyMap::Ptr key) {
  for (;;) {
    CO_TRY(auto page, co_await deps_.meta.scan(partition_of(place.account), grants_range(place),
                                               {.rows = kRowsAtOnce, .bytes = 4 << 20}));
    if (page.rows.empty()) break;
    store::Batch batch{.in = partition_of(place.account)};
    batch.expect.push_back({row_name(RowKind::kHead, place), key->raw});
    for (const store::Row& row : page.rows) batch.deletes.push_back(row.key);
    std::string guard = batch.deletes.front();
    CO_TRY(Outcome outcome, co_await commit(std::move(batch), guard, std::nullopt, nullptr));
    if (outcome == Outcome::kAgain) {
      CO_TRY_OK(co_await reread(place));
      co_return KeyMap::Ptr();
    }
  }
  Key after = key->value;
  after.grants.clear();
  co_return keys_.put(scope_of(place.account, place.region), place.name, std::move(after),
                      key->raw);
}

Task<Status> KeyService::reseal_grants(RowPlace place, uint32_t epoch) {
  auto turn = co_await turns_.take(row_name(RowKind::kHead, place));
  Writers::Guard writing(writers_);
  const store::Partition in = partition_of(place.account);
  store::Range range = grants_range(place);
  for (bool more = true; more;) {
    auto entry = keys_.find(scope_of(place.account, place.region), place.name);
    if (!entry) co_return ok_status();
    CO_TRY(auto page, co_await deps_.meta.scan(in, range, {.rows = kRowsAtOnce, .bytes = 1 << 20}));
    more = page.more && !page.rows.empty();
    store::Batch batch{.in = in};
    batch.expect.push_back({row_name(RowKind::kHead, place), entry->raw});
    for (const store::Row& row : page.rows) {
      if (epoch_of_row(row.value) >= epoch) continue;
      const RowPlace at =
          grant_place(place, std::string_view(row.key).substr(row.key.rfind('/') + 1));
      CO_TRY(auto grant, open_grant(deps_.keys, at, row.value));
      batch.puts.push_back({row.key, seal_grant(deps_.keys, at, grant)});
    }
    if (more) range.from = page.rows.back().key + '\0';
    if (batch.puts.empty()) continue;
    std::string guard = batch.puts.front().key;
    Bytes written = batch.puts.front().value;
    CO_TRY(Outcome outcome, co_await commit(std::move(batch), guard, written, nullptr));
    if (outcome == Outcome::kAgain) co_return try_again();
  }
  co_return ok_status();
}

}  // namespace coffer::kms
