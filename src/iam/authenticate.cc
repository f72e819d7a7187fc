// From a signature to a principal. Source: IAM User Guide, "AWS API request signing".
#include "base/encoding.h"
#include "crypto/mac.h"
#include "iam/impl.h"

namespace coffer::iam {

bool Authenticator::matches(const Secret& signing_key, std::string_view string_to_sign,
                            std::string_view signature) {
  return equal_ct(hex(crypto::hmac_sha256(signing_key, string_to_sign).view()), signature);
}

bool Authenticator::matches_version2(const Secret& secret, std::string_view string_to_sign,
                                     std::string_view signature) {
  return equal_ct(base64(crypto::hmac_sha1(secret, string_to_sign).view()), signature);
}

namespace {

Result<Secret> secret_of(const seal::DomainKeys& keys, const LiveKey& key) {
  return keys.unwrap(seal::Series::kIam, key_aad(key.account, key.id, key.record.user_id),
                     key.record.wrapped_secret);
}

// derive answers the signing key of `key`; null where the stored secret does not open.
SigningKeys::Key derive(const seal::DomainKeys& keys, const LiveKey& key, const Presented& p) {
  auto secret = secret_of(keys, key);
  if (!secret.ok()) return nullptr;
  return std::make_shared<const Secret>(
      crypto::sigv4_signing_key(*secret, p.date, p.region, p.service));
}

}  // namespace

std::variant<Refusal, Authenticated> Iam::authenticate(const Presented& p, UnixMs now_ms) const {
  if (!p.s3_session_token.empty()) return impl_->authenticate_bucket_session(p, now_ms);
  if (!p.session_token.empty()) return impl_->authenticate_session(p, now_ms);
  auto entry = impl_->keys.find(p.access_key_id, kSelf);
  bool known = entry && entry->value.record.active;
  UserPtr user;
  if (known && !entry->value.record.user_id.empty()) {
    auto owner = impl_->users_by_id.find(entry->value.record.user_id, kSelf);
    known = owner != nullptr;
    if (owner) user = owner->value;
  }
  // A key that does not exist takes the path of one that is used for the first time.
  if (!known) entry = impl_->stranger;

  std::string name = SigningKeys::name_of(p.access_key_id, p.date, p.region, p.service);
  SigningKeys::Key signing_key;
  bool fresh = false, good = false;
  if (p.scheme == Scheme::kVersion2) {
    auto secret = secret_of(impl_->deps.keys, entry->value);
    good = secret.ok() && matches_version2(*secret, p.string_to_sign, p.signature);
  } else {
    signing_key = impl_->signing_keys.find(name, entry);
    fresh = !signing_key;
    if (fresh) signing_key = derive(impl_->deps.keys, entry->value, p);
    good = signing_key && matches(*signing_key, p.string_to_sign, p.signature);
  }
  if (!known) return Refusal::kUnknownKey;
  if (!good) return Refusal::kBadSignature;
  // Only what a true signature named is kept: strangers cannot fill the cache.
  if (fresh) impl_->signing_keys.put(name, entry, signing_key);

  Authenticated out = user ? Authenticated{user->caller->principal, user->caller->policies, nullptr}
                           : root_of(entry->value.account);
  impl_->add_levels(out);
  out.principal.access_key_id = p.access_key_id;
  out.signing_key = std::move(signing_key);
  return out;
}

bool Iam::knows(const std::string& access_key_id) const {
  auto entry = impl_->keys.find(access_key_id, kSelf);
  return entry && entry->value.record.active;
}

Authenticated Iam::root_of(const std::string& account) const {
  return {authz::Principal::root(account), {}, nullptr};
}

void Iam::used(const std::string& access_key_id, const std::string& service,
               const std::string& region, UnixMs now_ms) const {
  if (auto key = impl_->keys.find(access_key_id, kSelf))
    key->value.last_use->note(service, region, now_ms);
}

}  // namespace coffer::iam
