// Changes of keys: each is one guarded commit with its audit row, in its turn, shown once it is
// durable.
#include "crypto/system_random.h"
#include "kms/failures.h"
#include "kms/key_service.h"
#include "kms/key_spec.h"
#include "kms/lifecycle.h"
#include "kms/policies.h"
#include "kms/records.h"

namespace coffer::kms {

namespace {

constexpr int kAttemptsMax = 10;
constexpr size_t kKeysPerRegionMax = 100000;

store::Batch rows_batch(const RowPlace& place, std::optional<Bytes> guard, const KeyRows& rows) {
  store::Batch out{.in = partition_of(place.account)};
  const std::string head = row_name(RowKind::kHead, place);
  out.expect.push_back({head, std::move(guard)});
  out.puts.push_back({head, rows.head});
  out.puts.push_back({row_name(RowKind::kDetails, place), rows.details});
  out.puts.push_back({row_name(RowKind::kMaterial, place), rows.material});
  return out;
}

// An ID is a random UUID, or mrk- and the same 128 bits.
std::string new_key_id(Random& random, bool multi_region) {
  std::string id = random.uuid();
  if (!multi_region) return id;
  std::erase(id, '-');
  return "mrk-" + id;
}

bool ends_cached_keys(const Key& before, const Key& after) {
  return before.state != after.state || before.materials.size() != after.materials.size();
}

// What a decision on the key was made from. Where it changed in between, the decision is not this
// key's any more.
bool judged_alike(const Key& a, const Key& b) {
  return a.policy.compiled == b.policy.compiled && a.tags == b.tags;
}

Error gone(const RowPlace& place) {
  return {"NotFoundException",
          fmt::format("Key '{}' does not exist", key_arn(place.region, place.account, place.name))};
}

}  // namespace

Material KeyService::new_material(RotationKind kind) const {
  Material out{.created_ms = deps_.clock.business_ms(), .kind = kind};
  deps_.random.fill({reinterpret_cast<char*>(out.id.data()), out.id.size()});
  out.opened = std::make_shared<const Secret>(crypto::random_secret(deps_.random));
  return out;
}

Task<KeyPair> KeyService::new_key_pair(std::string spec) {
  std::optional<Turns::Turn> turn;
  if (spec.starts_with("RSA_")) turn.emplace(co_await turns_.take("kms rsa key pair"));
  co_return co_await offload(deps_.pool, [&] { return generate_key_pair(spec); });
}

Task<Material> KeyService::first_material(std::string spec) {
  Material out = new_material(RotationKind::kFirst);
  if (spec == kSymmetricSpec) co_return out;
  Secret made;
  if (key_pair_type(spec)) {
    KeyPair pair = co_await new_key_pair(spec);
    made = std::move(pair.private_key);
  } else {
    made = crypto::random_secret(deps_.random, secret_bytes(spec));
  }
  out.opened = std::make_shared<const Secret>(std::move(made));
  co_return out;
}

// `guard` is the row whose new value shows, after an unknown outcome, whether the batch was
// applied: a sealed value is never the same twice.
Task<Result<KeyService::Outcome>> KeyService::commit(store::Batch batch, std::string guard,
                                                     std::optional<Bytes> written,
                                                     audit::Draft* draft) {
  const store::Partition in = batch.in;
  if (draft != nullptr) batch.puts.push_back(draft->row(in));
  const store::Commit outcome = co_await deps_.meta.commit(std::move(batch));
  if (outcome == store::Commit::kDone) co_return Outcome::kApplied;
  if (outcome == store::Commit::kUnknown) {
    auto now = co_await deps_.meta.get(in, guard);
    if (!now.ok()) co_return store_unavailable();
    if (*now == written) co_return Outcome::kApplied;
  }
  if (draft != nullptr) draft->unused();
  if (outcome == store::Commit::kConflict || outcome == store::Commit::kUnknown)
    co_return Outcome::kAgain;
  co_return store_unavailable();
}

Task<Result<KeyPtr>> KeyService::store_new(Key key, std::optional<Alias> alias,
                                           audit::Draft* draft) {
  const RowPlace place{key.account, key.region, key.id};
  Writers::Guard writing(writers_);
  key.generation = key.cache_generation = 1;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    KeyRows rows = seal_key(deps_.keys, key);
    store::Batch batch = rows_batch(place, std::nullopt, rows);
    Bytes alias_raw;
    if (alias) {
      const RowPlace alias_place{key.account, key.region, alias->name};
      alias_raw = seal_alias(deps_.keys, alias_place, *alias);
      batch.expect.push_back({row_name(RowKind::kAlias, alias_place), std::nullopt});
      batch.puts.push_back({row_name(RowKind::kAlias, alias_place), alias_raw});
    }
    std::string guard = batch.puts.front().key;
    CO_TRY(Outcome outcome, co_await commit(std::move(batch), std::move(guard), rows.head, draft));
    if (outcome == Outcome::kApplied) {
      auto entry = keys_.put(scope_of(place.account, place.region), place.name, std::move(key),
                             std::move(rows.head));
      if (alias)
        publish_alias({place.account, place.region, alias->name}, *alias, std::move(alias_raw));
      co_return KeyPtr(entry, &entry->value);
    }
    CO_TRY(auto there, co_await reread(place));
    if (there) co_return KeyPtr(there, &there->value);
  }
  co_return try_again();
}

Task<Result<KeyPtr>> KeyService::create_key(authz::RequestContext caller, NewKey wanted,
                                            audit::Draft& draft) {
  const std::string& account = caller.principal.account;
  if (keys_.count(scope_of(account, caller.region)) >= kKeysPerRegionMax)
    co_return Error{"LimitExceededException",
                    "You have reached the limit of KMS keys in this account and Region."};
  Key key;
  key.account = account;
  key.region = caller.region;
  key.id = new_key_id(deps_.random, wanted.multi_region);
  key.multi_region = wanted.multi_region;
  key.spec = wanted.spec;
  key.usage = wanted.usage;
  key.created_ms = deps_.clock.business_ms();
  key.description = std::move(wanted.description);
  key.tags = std::move(wanted.tags);
  if (wanted.policy) {
    CO_TRY(key.policy, check_policy(*wanted.policy, deps_.principals));
    if (!wanted.bypass_lockout_check) CO_TRY_OK(check_lockout(caller, key, key.policy));
  } else {
    CO_TRY(key.policy.compiled, compiled(default_policy(account), {}));
  }
  key.materials.push_back(co_await first_material(wanted.spec));
  co_return co_await store_new(std::move(key), std::nullopt, &draft);
}

Task<Result<KeyPtr>> KeyService::change_in_turn(RowPlace place, KeyPtr judged, Edit edit,
                                                audit::Draft* draft) {
  const std::string scope = scope_of(place.account, place.region);
  auto turn = co_await turns_.take(row_name(RowKind::kHead, place));
  Writers::Guard writing(writers_);
  KeyMap::Ptr before = keys_.find(scope, place.name);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (!before) co_return gone(place);
    if (judged && !judged_alike(*judged, before->value)) co_return try_again();
    Key after = before->value;
    CO_TRY_OK(edit(after));
    after.generation = before->value.generation + 1;
    if (ends_cached_keys(before->value, after)) after.cache_generation = after.generation;
    KeyRows rows = seal_key(deps_.keys, after);
    store::Batch batch = rows_batch(place, before->raw, rows);
    CO_TRY(Outcome outcome,
           co_await commit(std::move(batch), row_name(RowKind::kHead, place), rows.head, draft));
    if (outcome == Outcome::kApplied) {
      auto entry = keys_.put(scope, place.name, std::move(after), std::move(rows.head));
      co_return KeyPtr(entry, &entry->value);
    }
    CO_TRY(before, co_await reread(place));
  }
  co_return try_again();
}

Task<Result<KeyPtr>> KeyService::change(Target target, Edit edit, audit::Draft* draft) {
  CO_TRY(KeyPtr key, co_await made(target));
  co_return co_await change_in_turn({key->account, key->region, key->id}, key, std::move(edit),
                                    draft);
}

Task<Result<KeyPtr>> KeyService::put_policy(authz::RequestContext caller, Target target,
                                            std::string text, bool bypass_lockout_check,
                                            audit::Draft& draft) {
  CO_TRY(KeyPtr key, co_await made(target));
  CO_TRY(auto policy, check_policy(text, deps_.principals));
  if (!bypass_lockout_check) CO_TRY_OK(check_lockout(caller, *key, policy));
  Edit edit = [&policy](Key& k) -> Status {
    k.policy = policy;
    return ok_status();
  };
  co_return co_await change_in_turn({key->account, key->region, key->id}, key, std::move(edit),
                                    &draft);
}

Task<Result<KeyPtr>> KeyService::rotate(Target target, RotationKind kind, audit::Draft* draft) {
  Material material = new_material(kind);
  co_return co_await change(
      std::move(target), [&material](Key& k) { return add_material(k, material); }, draft);
}

Task<Result<KeyPtr>> KeyService::make_managed(KeyPtr wanted) {
  const RowPlace place{wanted->account, wanted->region, wanted->id};
  auto turn = co_await turns_.take(row_name(RowKind::kHead, place));
  if (auto there = keys_.find(scope_of(place.account, place.region), place.name))
    co_return KeyPtr(there, &there->value);
  Key key = *wanted;
  key.created_ms = deps_.clock.business_ms();
  key.rotation = {.enabled = true, .next_ms = key.created_ms + kRotationDaysDefault * kDayMs};
  key.materials.push_back(new_material(RotationKind::kFirst));
  Alias alias{std::string(kS3AliasName), key.id, key.created_ms, key.created_ms};
  audit::Draft draft = service_event("CreateKey", key);
  CO_TRY(KeyPtr out, co_await store_new(std::move(key), std::move(alias), &draft));
  if (draft.used()) CO_TRY_OK(co_await deps_.audit.drain(draft.partition(), draft.event));
  co_return out;
}

Task<Result<KeyPtr>> KeyService::made(Target target) {
  if (!target.key) {
    if (target.missing) co_return *target.missing;
    co_return Error{"NotFoundException", fmt::format("Key '{}' does not exist", target.arn)};
  }
  if (target.key->made()) co_return target.key;
  co_return co_await make_managed(target.key);
}

}  // namespace coffer::kms
