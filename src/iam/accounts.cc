// Accounts, their roots, and the directory of principals.
#include "base/arn.h"
#include "base/encoding.h"
#include "iam/impl.h"
#include "iam/secret_access.h"

namespace coffer::iam {

std::string credentials_profile(const RootKey& key, std::string_view region) {
  return fmt::format("[default]\naws_access_key_id = {}\naws_secret_access_key = {}\nregion = {}\n",
                     key.access_key_id, key.secret.reveal(IamAccess::get()), region);
}

Iam::Iam(Deps deps) : impl_(std::make_unique<Impl>(std::move(deps))) {}
Iam::~Iam() = default;

// set_root_key plans a root key: a new one, or another secret for one that is there.
static Plan set_root_key(Iam::Impl& impl, std::string account, std::string id, Bytes wrapped) {
  return [&impl, account, id, wrapped](const AccountRecord& head) -> Result<Change> {
    auto known = impl.keys.find(id, kSelf);
    if (known && (known->value.account != account || !known->value.record.user_id.empty()))
      return Error{"EntityAlreadyExists", "This access key ID belongs to somebody else."};
    Change change;
    if (!known) {
      if (head.root_keys.size() >= kRootKeysMax)
        return Error{"LimitExceeded",
                     fmt::format("Cannot exceed quota for AccessKeysPerUser: {}", kRootKeysMax)};
      change.account = head;
      change.account->root_keys.push_back(id);
    }
    LiveKey key{.account = account,
                .id = id,
                .last_use = known ? known->value.last_use : std::make_shared<LastUse>()};
    key.record = {
        .active = known ? known->value.record.active : true,
        .created_ms = known ? known->value.record.created_ms : impl.deps.clock.business_ms(),
        .wrapped_secret = wrapped};
    change.puts.push_back(row_of(key));
    change.publish = [&impl, key] { impl.show_key(key); };
    return change;
  };
}

// make_account commits the first rows of an account with its root's first access key, in one step:
// an account that is there without a root key had its keys deleted. False: somebody else made it
// meanwhile.
static Task<Result<bool>> make_account(Iam::Impl& impl, std::string account, std::string key_id,
                                       Bytes wrapped) {
  AccountRecord record{.change_id = impl.deps.random.id128(),
                       .canonical_id = hex(impl.deps.random.bytes(32)),
                       .organization_id = organization_id(impl.deps.random),
                       .created_ms = impl.deps.clock.business_ms(),
                       .root_keys = {key_id}};
  if (auto first = impl.accounts.find(impl.deps.first_account, kSelf))
    record.organization_id = first->value.organization_id;
  LiveKey key{.account = account, .id = key_id, .last_use = std::make_shared<LastUse>()};
  key.record = {.created_ms = record.created_ms, .wrapped_secret = std::move(wrapped)};
  store::Batch batch{.in = account_partition(account), .puts = {row_of(key)}};
  for (store::Row& row : batch.puts) row.value = impl.seal_row(account, row.key, row.value);
  Bytes raw = impl.seal_row(account, kAccountRow, encode(record));
  CO_TRY(bool made, co_await impl.commit_head(account, std::move(batch), std::nullopt, raw));
  if (!made) co_return false;
  impl.show_key(std::move(key));
  impl.accounts.put(account, kSelf, std::move(record), std::move(raw));
  co_return true;
}

// same_secret tells whether a stored key has this secret already.
static Result<bool> same_secret(const Iam::Impl& impl, const LiveKey& key, const Secret& secret) {
  TRY(Secret stored, impl.deps.keys.unwrap(seal::Series::kIam, key_aad(key.account, key.id, ""),
                                           key.record.wrapped_secret));
  return equal_ct(stored, secret);
}

static Status check_root_key(const std::string& id, const Secret& secret) {
  if (id.empty() || id.size() > 128 || !check_name("accessKeyId", id, 128).ok() || secret.empty())
    return Error{"ValidationError",
                 "An access key ID has 1 to 128 letters and digits, and a secret."};
  return ok_status();
}

static Task<Status> put_root_key(Iam::Impl& impl, std::string account, std::string id,
                                 Secret secret) {
  CO_TRY_OK(check_root_key(id, secret));
  auto known = impl.keys.find(id, kSelf);
  if (known && known->value.account == account && known->value.record.user_id.empty()) {
    CO_TRY(bool same, same_secret(impl, known->value, secret));
    if (same) co_return ok_status();
  }
  Bytes wrapped = impl.deps.keys.wrap(seal::Series::kIam, key_aad(account, id, ""), secret);
  co_return co_await impl.change(account, nullptr,
                                 set_root_key(impl, account, id, std::move(wrapped)));
}

// found_account makes the account with the given key or a drawn one; nullopt: it was there already.
static Task<Result<std::optional<RootKey>>> found_account(Iam::Impl& impl, std::string account,
                                                          std::optional<RootKey> given) {
  Turns::Turn turn = co_await impl.turns.take(account);
  if (impl.accounts.find(account, kSelf)) co_return std::nullopt;
  if (!given)
    given = RootKey{access_key_id(impl.deps.random, "AKIA", account),
                    secret_access_key(impl.deps.random)};
  if (impl.keys.find(given->access_key_id, kSelf))
    co_return Error{"EntityAlreadyExists", "This access key ID belongs to somebody else."};
  Bytes wrapped = impl.deps.keys.wrap(seal::Series::kIam,
                                      key_aad(account, given->access_key_id, ""), given->secret);
  CO_TRY(bool made, co_await make_account(impl, account, given->access_key_id, std::move(wrapped)));
  if (!made) co_return std::nullopt;
  co_return std::move(given);
}

Task<Result<std::optional<RootKey>>> Iam::bootstrap_account(
    std::string account, std::optional<std::string> access_key_id, std::optional<Secret> secret) {
  if (!is_account_id(account)) co_return Error{"ValidationError", "An account ID has 12 digits."};
  if (access_key_id.has_value() != secret.has_value())
    co_return Error{"ValidationError", "A root access key ID and its secret come together."};
  std::optional<RootKey> given;
  if (access_key_id) {
    CO_TRY_OK(check_root_key(*access_key_id, *secret));
    given = RootKey{*access_key_id, secret->clone()};
  }
  if (!impl_->accounts.find(account, kSelf)) {
    CO_TRY(auto made, co_await found_account(*impl_, account, std::move(given)));
    if (made) co_return std::move(made);
  }
  if (!access_key_id) co_return std::nullopt;
  CO_TRY_OK(co_await put_root_key(*impl_, account, *access_key_id, secret->clone()));
  auto key = impl_->keys.find(*access_key_id, kSelf);
  if (!key || !key->value.record.active) co_return std::nullopt;
  co_return std::optional(RootKey{*std::move(access_key_id), *std::move(secret)});
}

Task<Status> Iam::add_root_key(std::string access_key_id, Secret secret) {
  co_return co_await put_root_key(*impl_, impl_->deps.first_account, std::move(access_key_id),
                                  std::move(secret));
}

void Iam::reset() {
  impl_->keys.clear();
  impl_->users.clear();
  impl_->users_by_id.clear();
  impl_->groups.clear();
  impl_->roles.clear();
  impl_->roles_by_id.clear();
  impl_->policies.clear();
  impl_->accounts.clear();
  impl_->members.clear();
  impl_->controls.clear();
  impl_->levels.clear();
  impl_->creations.clear();
  impl_->signing_keys.clear();
  impl_->sessions.clear();
  impl_->bucket_sessions.clear();
}

// ---- The directory.

std::optional<std::string> Iam::id_of(std::string_view arn) const {
  if (RolePtr role = role_named(arn)) return role->id;
  auto parsed = Arn::parse(arn);
  if (!parsed || parsed->service != "iam" || !parsed->resource.starts_with("user/"))
    return std::nullopt;
  UserPtr user =
      impl_->find_user(parsed->account, parsed->resource.substr(parsed->resource.rfind('/') + 1));
  if (!user || user->arn() != arn) return std::nullopt;
  return user->id;
}

std::optional<std::string> Iam::arn_of(std::string_view unique_id) const {
  if (auto role = impl_->roles_by_id.find(unique_id, kSelf)) return role->value->arn();
  auto user = impl_->users_by_id.find(unique_id, kSelf);
  if (!user) return std::nullopt;
  return user->value->arn();
}

bool Iam::account_exists(std::string_view account) const {
  return impl_->accounts.find(account, kSelf) != nullptr;
}

// ---- Accounts.

std::vector<std::string> Iam::accounts() const {
  std::vector<std::string> out = impl_->accounts.scopes();
  std::sort(out.begin(), out.end());
  return out;
}

Result<UnixMs> Iam::account_created(std::string_view account) const {
  auto head = impl_->accounts.find(account, kSelf);
  if (!head) return internal_error("a caller of an account that does not exist");
  return head->value.created_ms;
}

std::string Iam::organization_id() const {
  auto first = impl_->accounts.find(impl_->deps.first_account, kSelf);
  return first ? first->value.organization_id : "";
}

std::string Iam::canonical_id(std::string_view account) const {
  auto head = impl_->accounts.find(account, kSelf);
  return head ? head->value.canonical_id : "";
}

std::optional<std::string> Iam::account_of_canonical_id(std::string_view canonical_id) const {
  for (const std::string& account : impl_->accounts.scopes())
    if (auto head = impl_->accounts.find(account, kSelf);
        head && head->value.canonical_id == canonical_id)
      return account;
  return std::nullopt;
}

std::optional<std::string> Iam::account_of_access_key(std::string_view access_key_id) const {
  auto key = impl_->keys.find(access_key_id, kSelf);
  if (!key) return std::nullopt;
  return key->value.account;
}

}  // namespace coffer::iam
