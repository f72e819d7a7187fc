// Access keys. Source: IAM API Reference, CreateAccessKey, ListAccessKeys, UpdateAccessKey,
// DeleteAccessKey, GetAccessKeyLastUsed.
#include "base/encoding.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

Error no_such_key(std::string_view id) {
  return {"NoSuchEntity", fmt::format("The Access Key with id {} cannot be found", id)};
}

// Owner is whose keys are meant: a user, or the account's root where `user` is null.
struct Owner {
  UserPtr user;
  std::vector<std::string> ids;
  std::string id() const { return user ? user->id : ""; }
  std::string name() const { return user ? user->name : ""; }
};

Result<Owner> owner_of(const Iam::Impl& impl, std::string_view account, std::string_view user_name,
                       const AccountRecord& head) {
  if (user_name.empty()) return Owner{nullptr, head.root_keys};
  TRY(UserPtr user, impl.user(account, user_name));
  return Owner{user, user->access_key_ids};
}

// with_ids adds to `change` the owner's new list of keys.
void with_ids(const Owner& owner, std::vector<std::string> ids, const AccountRecord& head,
              Change& change, UserPtr& renewed) {
  if (!owner.user) {
    change.account = head;
    change.account->root_keys = std::move(ids);
    return;
  }
  User next = *owner.user;
  next.access_key_ids = std::move(ids);
  renewed = std::make_shared<const User>(std::move(next));
  change.puts.push_back(row_of(*renewed));
}

Result<store::RecordMap<LiveKey>::Ptr> key_of(const Iam::Impl& impl, std::string_view account,
                                              const Owner& owner, const std::string& id) {
  auto key = impl.keys.find(id, kSelf);
  if (!key || key->value.account != account || key->value.record.user_id != owner.id())
    return no_such_key(id);
  return key;
}

Result<Change> plan_create(Iam::Impl& impl, const std::string& account,
                           const std::string& user_name, const AccountRecord& head,
                           const Secret& secret, AccessKey& made) {
  TRY(Owner owner, owner_of(impl, account, user_name, head));
  size_t max = owner.user ? kAccessKeysPerUserMax : std::max(kAccessKeysPerUserMax, kRootKeysMax);
  if (owner.ids.size() >= max)
    return Error{"LimitExceeded", fmt::format("Cannot exceed quota for AccessKeysPerUser: {}",
                                              kAccessKeysPerUserMax)};
  LiveKey key{.account = account, .last_use = std::make_shared<LastUse>()};
  do key.id = access_key_id(impl.deps.random, "AKIA", account);
  while (impl.keys.find(key.id, kSelf));
  key.record = {.user_id = owner.id(), .created_ms = impl.deps.clock.business_ms() / 1000 * 1000};
  key.record.wrapped_secret =
      impl.deps.keys.wrap(seal::Series::kIam, key_aad(account, key.id, owner.id()), secret);

  Change change{.puts = {row_of(key)}};
  UserPtr renewed;
  owner.ids.push_back(key.id);
  with_ids(owner, owner.ids, head, change, renewed);
  made = {
      .id = key.id, .user_name = owner.name(), .active = true, .created_ms = key.record.created_ms};
  change.publish = [&impl, renewed, key] {
    if (renewed) impl.show_user(renewed);
    impl.show_key(key);
  };
  return change;
}

Result<Change> plan_delete(Iam::Impl& impl, const std::string& account,
                           const std::string& user_name, const std::string& id,
                           const AccountRecord& head) {
  TRY(Owner owner, owner_of(impl, account, user_name, head));
  TRY_OK(key_of(impl, account, owner, id));
  Change change{.deletes = {key_row(id), last_used_row(id)}};
  UserPtr renewed;
  std::erase(owner.ids, id);
  with_ids(owner, owner.ids, head, change, renewed);
  change.publish = [&impl, renewed, id] {
    impl.hide_key(id);
    if (renewed) impl.show_user(renewed);
  };
  return change;
}

}  // namespace

Task<Result<NewAccessKey>> Iam::create_access_key(std::string account, std::string user_name,
                                                  audit::Draft& draft) {
  Secret secret = secret_access_key(impl_->deps.random);
  AccessKey made;
  CO_TRY_OK(co_await impl_->change(account, &draft, [&](const AccountRecord& head) {
    return plan_create(*impl_, account, user_name, head, secret, made);
  }));
  co_return NewAccessKey{std::move(made), std::move(secret)};
}

Result<PageOf<AccessKey>> Iam::access_keys(std::string_view account, std::string_view user_name,
                                           const PageRequest& page) const {
  auto head = impl_->accounts.find(account, kSelf);
  if (!head) return internal_error("the keys of an account that does not exist");
  TRY(Owner owner, owner_of(*impl_, account, user_name, head->value));
  std::vector<AccessKey> all;
  for (const std::string& id : owner.ids)
    if (auto key = impl_->keys.find(id, kSelf))
      all.push_back({.id = id,
                     .user_name = owner.name(),
                     .active = key->value.record.active,
                     .created_ms = key->value.record.created_ms});
  return page_of(all, page);
}

Task<Status> Iam::update_access_key(std::string account, std::string user_name, std::string id,
                                    bool active, audit::Draft& draft) {
  co_return co_await impl_->change(
      account, &draft, [&](const AccountRecord& head) -> Result<Change> {
        TRY(Owner owner, owner_of(*impl_, account, user_name, head));
        TRY(auto entry, key_of(*impl_, account, owner, id));
        if (entry->value.record.active == active) return Change{.nothing = true};
        LiveKey key = entry->value;
        key.record.active = active;
        return Change{.puts = {row_of(key)}, .publish = [this, key] { impl_->show_key(key); }};
      });
}

Task<Status> Iam::delete_access_key(std::string account, std::string user_name, std::string id,
                                    audit::Draft& draft) {
  co_return co_await impl_->change(account, &draft, [&](const AccountRecord& head) {
    return plan_delete(*impl_, account, user_name, id, head);
  });
}

Result<LastUsed> Iam::access_key_last_used(std::string_view account, std::string_view id) const {
  auto key = impl_->keys.find(id, kSelf);
  if (!key || key->value.account != account) return no_such_key(id);
  LastUsed out{.service = "N/A", .region = "N/A"};
  if (auto owner = impl_->users_by_id.find(key->value.record.user_id, kSelf))
    out.user_name = owner->value->name;
  if (auto last = key->value.last_use->get()) {
    out.used_ms = last->used_ms;
    out.service = last->service;
    out.region = last->region;
  }
  return out;
}

// write_last_used writes a use down, guarded by the account's row: a key that was deleted leaves no
// trace behind. The row is taken before the key is looked up, since a change shows its keys first.
static Task<store::Commit> write_last_used(Iam::Impl& impl, std::string account, std::string id,
                                           LastUsedRecord record) {
  auto head = impl.accounts.find(account, kSelf);
  if (!head || !impl.keys.find(id, kSelf)) co_return store::Commit::kDone;
  store::Batch batch{.in = account_partition(account),
                     .expect = {{std::string(kAccountRow), head->raw}}};
  std::string row = last_used_row(id);
  Bytes sealed = impl.seal_row(account, row, encode(record));
  batch.puts.push_back({std::move(row), std::move(sealed)});
  co_return co_await impl.deps.meta.commit(std::move(batch));
}

Task<Status> Iam::flush_last_used() {
  for (const std::string& id : impl_->keys.scopes()) {
    auto key = impl_->keys.find(id, kSelf);
    if (!key) continue;
    auto record = key->value.last_use->take_unsaved();
    if (!record) continue;
    // A conflict is a change of the account meanwhile; one that stays loses this use alone.
    store::Commit outcome = store::Commit::kConflict;
    for (int attempt = 0; attempt < 3 && outcome != store::Commit::kDone; ++attempt)
      outcome = co_await write_last_used(*impl_, key->value.account, id, *record);
    if (outcome == store::Commit::kFull || outcome == store::Commit::kUnavailable)
      co_return store::error_of(outcome);
  }
  co_return ok_status();
}

}  // namespace coffer::iam
