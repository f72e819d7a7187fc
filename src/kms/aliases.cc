// Aliases: names of keys, one row each. A commit guards the alias and the head of the key that it
// comes to name.
#include "kms/failures.h"
#include "kms/key_service.h"
#include "kms/key_spec.h"
#include "kms/records.h"

namespace coffer::kms {

namespace {
constexpr int kAttemptsMax = 10;

Error already_exists(const RowPlace& place) {
  return {"AlreadyExistsException",
          fmt::format("An alias with the name {} already exists",
                      alias_arn(place.region, place.account, place.name))};
}

// Two keys that one alias may name, one after the other.
bool alike(const Key& a, const Key& b) {
  return family_of(a.spec) == family_of(b.spec) && a.usage == b.usage;
}
}  // namespace

KeyService::AliasMap::Ptr KeyService::alias_entry(const RowPlace& place) const {
  return aliases_.find(scope_of(place.account, place.region), place.name);
}

std::optional<Alias> KeyService::find_alias(std::string_view account, std::string_view region,
                                            std::string_view name) const {
  auto entry = aliases_.find(scope_of(account, region), name);
  if (!entry) return std::nullopt;
  return entry->value;
}

std::vector<Alias> KeyService::list_aliases(std::string_view account, std::string_view region,
                                            std::string_view after, size_t max) const {
  std::vector<Alias> out;
  for (auto& [name, entry] : aliases_.list(scope_of(account, region), after, max))
    out.push_back(entry->value);
  return out;
}

std::vector<std::string> KeyService::aliases_of(const Key& key) const {
  const auto names = alias_names(key);
  return names ? *names : std::vector<std::string>();
}

std::shared_ptr<const std::vector<std::string>> KeyService::alias_names(const Key& key) const {
  auto entry = aliases_of_.find(scope_of(key.account, key.region), key.id);
  if (!entry) return nullptr;
  return {entry, &entry->value};
}

void KeyService::publish_alias(const RowPlace& place, std::optional<Alias> after, Bytes raw) {
  const std::string scope = scope_of(place.account, place.region);
  std::lock_guard lock(mutex_);
  auto names_of = [&](const std::string& key_id) {
    auto entry = aliases_of_.find(scope, key_id);
    std::vector<std::string> names = entry ? entry->value : std::vector<std::string>();
    std::erase(names, place.name);
    return names;
  };
  if (auto before = aliases_.find(scope, place.name)) {
    std::string key_id = before->value.target;
    auto names = names_of(key_id);
    if (names.empty()) {
      aliases_of_.erase(scope, key_id);
    } else {
      aliases_of_.put(scope, key_id, std::move(names), {});
    }
  }
  if (!after) return aliases_.erase(scope, place.name);
  auto names = names_of(after->target);
  names.push_back(place.name);
  aliases_of_.put(scope, after->target, std::move(names), {});
  aliases_.put(scope, place.name, std::move(*after), std::move(raw));
}

Task<Result<Alias>> KeyService::create_alias(Target target, std::string name, audit::Draft& draft) {
  CO_TRY(KeyPtr key, co_await made(target));
  const RowPlace place{key->account, key->region, std::move(name)};
  auto turn = co_await turns_.take(row_name(RowKind::kAlias, place));
  if (alias_entry(place)) co_return already_exists(place);
  if (aliases_of(*key).size() >= kAliasesPerKeyMax)
    co_return Error{"LimitExceededException",
                    fmt::format("The limit of aliases for key {} has been reached.", key->arn())};
  target.key = key;
  co_return co_await put_alias(place, nullptr, std::move(target), draft);
}

Task<Result<Alias>> KeyService::update_alias(Target target, Alias known, audit::Draft& draft) {
  CO_TRY(KeyPtr key, co_await made(target));
  const RowPlace place{key->account, key->region, known.name};
  auto turn = co_await turns_.take(row_name(RowKind::kAlias, place));
  AliasMap::Ptr before = alias_entry(place);
  if (!before || before->value.target != known.target) co_return try_again();
  auto current = keys_.find(scope_of(place.account, place.region), known.target);
  if (current && !alike(current->value, *key))
    co_return Error{"ValidationException",
                    fmt::format("Alias {} must stay with a key of the same type and key usage.",
                                place.name)};  // (unverified words)
  target.key = key;
  co_return co_await put_alias(place, std::move(before), std::move(target), draft);
}

// put_alias writes the alias in its turn; `before` is null for a new one.
Task<Result<Alias>> KeyService::put_alias(RowPlace place, AliasMap::Ptr before, Target target,
                                          audit::Draft& draft) {
  Writers::Guard writing(writers_);
  const RowPlace key_place{place.account, place.region, target.key->id};
  const UnixMs now = deps_.clock.business_ms();
  const std::string row = row_name(RowKind::kAlias, place);
  KeyMap::Ptr key = keys_.find(scope_of(place.account, place.region), key_place.name);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (!key)
      co_return Error{"NotFoundException", fmt::format("Key '{}' does not exist", target.arn)};
    CO_TRY_OK(check_state(key->value, Needs::kNotPending));
    Alias after{place.name, key_place.name, before ? before->value.created_ms : now, now};
    Bytes raw = seal_alias(deps_.keys, place, after);
    store::Batch batch{.in = partition_of(place.account)};
    batch.expect.push_back({row, before ? std::optional(before->raw) : std::nullopt});
    batch.expect.push_back({row_name(RowKind::kHead, key_place), key->raw});
    batch.puts.push_back({row, raw});
    CO_TRY(Outcome outcome, co_await commit(std::move(batch), row, raw, &draft));
    if (outcome == Outcome::kApplied) {
      publish_alias(place, after, std::move(raw));
      co_return after;
    }
    CO_TRY(key, co_await reread(key_place));
    CO_TRY(auto there, co_await reread_alias(place));
    if (!before && there) co_return already_exists(place);
    if (before && (!there || there->value.target != before->value.target)) co_return try_again();
    before = std::move(there);
  }
  co_return try_again();
}

Task<Status> KeyService::delete_alias(std::string account, std::string region, Alias known,
                                      audit::Draft& draft) {
  const RowPlace place{std::move(account), std::move(region), known.name};
  const std::string row = row_name(RowKind::kAlias, place);
  auto turn = co_await turns_.take(row);
  AliasMap::Ptr before = alias_entry(place);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (!before || before->value.target != known.target) co_return try_again();
    store::Batch batch{.in = partition_of(place.account)};
    batch.expect.push_back({row, before->raw});
    batch.deletes.push_back(row);
    CO_TRY(Outcome outcome, co_await commit(std::move(batch), row, std::nullopt, &draft));
    if (outcome == Outcome::kApplied) {
      publish_alias(place, std::nullopt, {});
      co_return ok_status();
    }
    CO_TRY(before, co_await reread_alias(place));
  }
  co_return try_again();
}

}  // namespace coffer::kms
