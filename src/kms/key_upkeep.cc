// What time brings: deletions and rotations that fall due, and the closing of an epoch, after which
// nothing opens what was deleted.
#include <boost/asio/steady_timer.hpp>

#include "base/log.h"
#include "kms/failures.h"
#include "kms/key_service.h"
#include "kms/lifecycle.h"
#include "kms/records.h"

namespace coffer::kms {

namespace {

constexpr int kAttemptsMax = 10;
constexpr size_t kPageRows = 500;

RowPlace place_of(const Key& key) { return {key.account, key.region, key.id}; }

RowPlace place_of(std::string_view scope, std::string name) {
  const size_t slash = scope.find('/');
  return {std::string(scope.substr(0, slash)), std::string(scope.substr(slash + 1)),
          std::move(name)};
}

// places lists what a map holds, so that each can be visited without holding on to the map.
template <class Map>
std::vector<RowPlace> places(const Map& map) {
  std::vector<RowPlace> out;
  for (const std::string& scope : map.scopes()) {
    std::string after;
    for (;;) {
      auto page = map.list(scope, after, kPageRows);
      for (auto& [name, entry] : page) out.push_back(place_of(scope, name));
      if (page.size() < kPageRows) break;
      after = page.back().first;
    }
  }
  return out;
}

Task<void> pause(int64_t ms) {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(ms));
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

audit::Draft KeyService::service_event(std::string_view name, const Key& key) const {
  audit::Event event;
  event.time_ms = deps_.clock.business_ms();
  event.source = "kms.amazonaws.com";
  event.name = name;
  event.region = key.region;
  event.type = audit::EventType::kServiceEvent;
  event.identity.type = authz::PrincipalType::kService;
  event.identity.account = key.account;
  event.invoked_by = event.source_ip = event.user_agent = "AWS Internal";
  event.recipient_account = key.account;
  event.resources.push_back({key.account, "AWS::KMS::Key", key.arn()});
  event.additional.push_back({"keyId", key.id});
  return audit::Draft(deps_.audit, std::move(event));
}

Task<Result<bool>> KeyService::destroy_in_turn(RowPlace place) {
  const std::string scope = scope_of(place.account, place.region);
  const std::string head = row_name(RowKind::kHead, place);
  auto turn = co_await turns_.take(head);
  Writers::Guard writing(writers_);
  KeyMap::Ptr key = keys_.find(scope, place.name);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const bool due = key && key->value.state == KeyState::kPendingDeletion &&
                     key->value.deletion_ms <= deps_.clock.business_ms();
    if (!due) co_return false;
    if (!key->value.grants.empty()) {
      CO_TRY(key, co_await drop_grants(place, key));
      if (!key) co_return false;
    }
    Tombstone tombstone{.deleted_ms = deps_.clock.business_ms(),
                        .generation = key->value.generation};
    tombstone.epoch = deps_.keys.epoch(seal::Series::kKms);
    for (const Material& m : key->value.materials) tombstone.materials.push_back(m.id);
    Bytes raw = seal_tombstone(deps_.keys, place, tombstone);

    store::Batch batch{.in = partition_of(place.account)};
    batch.expect.push_back({head, key->raw});
    batch.deletes = {head, row_name(RowKind::kDetails, place), row_name(RowKind::kMaterial, place)};
    batch.puts.push_back({row_name(RowKind::kTombstone, place), raw});
    const std::vector<std::string> names = aliases_of(key->value);
    for (const std::string& name : names) {
      const RowPlace alias{place.account, place.region, name};
      if (auto entry = alias_entry(alias))
        batch.expect.push_back({row_name(RowKind::kAlias, alias), entry->raw});
      batch.deletes.push_back(row_name(RowKind::kAlias, alias));
    }
    audit::Draft draft = service_event("DeleteKey", key->value);
    CO_TRY(Outcome outcome,
           co_await commit(std::move(batch), row_name(RowKind::kTombstone, place), raw, &draft));
    if (outcome == Outcome::kApplied) {
      keys_.erase(scope, place.name);
      for (const std::string& name : names)
        publish_alias({place.account, place.region, name}, std::nullopt, {});
      tombstones_.put(scope, place.name, std::move(tombstone), std::move(raw));
      CO_TRY_OK(co_await deps_.audit.drain(draft.partition(), draft.event));
      co_return true;
    }
    for (const std::string& name : names)
      CO_TRY_OK(co_await reread_alias({place.account, place.region, name}));
    CO_TRY(key, co_await reread(place));
  }
  co_return try_again();
}

Task<Result<size_t>> KeyService::delete_due() {
  size_t destroyed = 0;
  for (const RowPlace& place : places(keys_)) {
    auto entry = keys_.find(scope_of(place.account, place.region), place.name);
    if (!entry || entry->value.state != KeyState::kPendingDeletion ||
        entry->value.deletion_ms > deps_.clock.business_ms())
      continue;
    entry.reset();  // the backing keys are not held while they are destroyed
    CO_TRY(bool done, co_await destroy_in_turn(place));
    if (done) ++destroyed;
  }
  co_return destroyed;
}

Task<Result<bool>> KeyService::rotate_in_turn(KeyPtr key) {
  audit::Draft draft = service_event("RotateKey", *key);
  Material material = new_material(RotationKind::kAutomatic);
  bool due = false;
  Edit edit = [&](Key& k) -> Status {
    due = k.rotation.enabled && k.rotation.next_ms <= deps_.clock.business_ms();
    return due ? add_material(k, material) : Status(Error{"NotDue", ""});
  };
  auto out = co_await change_in_turn(place_of(*key), nullptr, std::move(edit), &draft);
  if (!out.ok()) {
    // Meanwhile disabled, deleted or rotated: nothing is due any more. Failures of ours are the
    // next run's to mend.
    co_return false;
  }
  CO_TRY_OK(co_await deps_.audit.drain(draft.partition(), draft.event));
  co_return true;
}

Task<Result<size_t>> KeyService::rotate_due() {
  size_t rotated = 0;
  for (const RowPlace& place : places(keys_)) {
    auto entry = keys_.find(scope_of(place.account, place.region), place.name);
    if (!entry || entry->value.state != KeyState::kEnabled) continue;
    const Rotation& rotation = entry->value.rotation;
    if (!rotation.enabled || rotation.next_ms > deps_.clock.business_ms()) continue;
    CO_TRY(bool done, co_await rotate_in_turn(KeyPtr(entry, &entry->value)));
    if (done) ++rotated;
  }
  co_return rotated;
}

bool KeyService::closing_due() const {
  for (const std::string& scope : tombstones_.scopes())
    for (std::string after;;) {
      auto page = tombstones_.list(scope, after, kPageRows);
      for (const auto& [id, entry] : page)
        if (deps_.keys.has_epoch(seal::Series::kKms, entry->value.epoch)) return true;
      if (page.size() < kPageRows) break;
      after = page.back().first;
    }
  return false;
}

Task<Status> KeyService::reseal_key(RowPlace place, uint32_t epoch) {
  auto entry = keys_.find(scope_of(place.account, place.region), place.name);
  if (!entry || epoch_of_row(entry->raw) >= epoch) co_return ok_status();
  auto out = co_await change_in_turn(place, nullptr, [](Key&) { return ok_status(); }, nullptr);
  if (!out.ok() && out.error().code != "NotFoundException") co_return std::move(out.error());
  co_return ok_status();
}

Task<Status> KeyService::reseal_alias(RowPlace place, uint32_t epoch) {
  const std::string row = row_name(RowKind::kAlias, place);
  auto turn = co_await turns_.take(row);
  Writers::Guard writing(writers_);
  AliasMap::Ptr entry = alias_entry(place);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (!entry || epoch_of_row(entry->raw) >= epoch) co_return ok_status();
    Bytes raw = seal_alias(deps_.keys, place, entry->value);
    store::Batch batch{.in = partition_of(place.account)};
    batch.expect.push_back({row, entry->raw});
    batch.puts.push_back({row, raw});
    CO_TRY(Outcome outcome, co_await commit(std::move(batch), row, raw, nullptr));
    if (outcome == Outcome::kApplied) {
      publish_alias(place, entry->value, std::move(raw));
      co_return ok_status();
    }
    CO_TRY(entry, co_await reread_alias(place));
  }
  co_return try_again();
}

Task<Status> KeyService::reseal_tombstone(RowPlace place, uint32_t epoch) {
  const std::string scope = scope_of(place.account, place.region);
  const std::string row = row_name(RowKind::kTombstone, place);
  Writers::Guard writing(writers_);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    auto entry = tombstones_.find(scope, place.name);
    if (!entry || epoch_of_row(entry->raw) >= epoch) co_return ok_status();
    Bytes raw = seal_tombstone(deps_.keys, place, entry->value);
    store::Batch batch{.in = partition_of(place.account)};
    batch.expect.push_back({row, entry->raw});
    batch.puts.push_back({row, raw});
    CO_TRY(Outcome outcome, co_await commit(std::move(batch), row, raw, nullptr));
    if (outcome == Outcome::kAgain) continue;
    tombstones_.put(scope, place.name, entry->value, std::move(raw));
    co_return ok_status();
  }
  co_return try_again();
}

Task<Status> KeyService::reseal_all(uint32_t epoch) {
  for (const RowPlace& place : places(keys_)) {
    CO_TRY_OK(co_await reseal_key(place, epoch));
    CO_TRY_OK(co_await reseal_grants(place, epoch));
  }
  for (const RowPlace& place : places(aliases_)) CO_TRY_OK(co_await reseal_alias(place, epoch));
  for (const RowPlace& place : places(tombstones_))
    CO_TRY_OK(co_await reseal_tombstone(place, epoch));
  co_return ok_status();
}

// nothing_before fails where some row of ours still needs an earlier domain key: closing would lose
// it.
Task<Status> KeyService::nothing_before(uint32_t epoch) {
  CO_TRY(auto partitions, co_await deps_.meta.partitions("account/"));
  for (const store::Partition& in : partitions) {
    store::Range range = store::prefix_range("kms/");
    for (bool more = true; more;) {
      CO_TRY(auto page, co_await deps_.meta.scan(in, range, {.rows = 4096, .bytes = 4 << 20}));
      more = page.more && !page.rows.empty();
      if (more) range.from = page.rows.back().key + '\0';
      for (const store::Row& row : page.rows) {
        if (epoch_of_row(row.value) >= epoch) continue;
        log::error("kms_epoch_not_closed", {{"row", row.key}});
        co_return try_again();
      }
    }
  }
  co_return ok_status();
}

Task<Status> KeyService::close_epoch() {
  if (closing_.exchange(true)) co_return ok_status();  // another run is at it
  struct Done {
    std::atomic<bool>& flag;
    ~Done() { flag = false; }
  } done{closing_};
  // Always a new epoch: one that an interrupted run began may hold keys that were deleted since.
  CO_TRY_OK(co_await deps_.keys.open_epoch(seal::Series::kKms));
  const uint32_t epoch = deps_.keys.epoch(seal::Series::kKms);
  // Whoever sealed a row under the earlier epoch commits it before we look at the rows.
  writers_.turn_over();
  while (writers_.earlier() > 0) co_await pause(5);
  CO_TRY_OK(co_await reseal_all(epoch));
  CO_TRY_OK(co_await nothing_before(epoch));
  co_return co_await deps_.keys.close_epochs_before(seal::Series::kKms, epoch);
}

}  // namespace coffer::kms
