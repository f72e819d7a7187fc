// Making tokens of directory buckets' sessions, and from a token to a principal.
// Source: S3 API Reference, CreateSession; S3 User Guide, "CreateSession authorization".
#include "iam/bucket_session.h"

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/mac.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr int64_t kLifeMs = 5 * 60 * 1000;
constexpr size_t kTokenMax = 16 * 1024;

// A token opens for the access key ID that it was made with alone, and its secret in it alone.
Bytes token_aad(std::string_view access_key_id) {
  return Writer().bytes("coffer bucket session token").bytes(access_key_id).take();
}
Bytes secret_aad(std::string_view access_key_id) {
  return Writer().bytes("coffer bucket session secret").bytes(access_key_id).take();
}

}  // namespace

Result<NewSession> Iam::begin_bucket_session(BucketSession wanted, const std::string& parent_key_id,
                                             std::string_view parent_token) const {
  const Deps& deps = impl_->deps;
  BucketSessionRecord record{.session = std::move(wanted), .parent_key_id = parent_key_id};
  const UnixMs now = deps.clock.business_ms();
  record.expires_ms = (now + kLifeMs) / 1000 * 1000;
  std::string account;
  if (parent_token.empty()) {
    auto key = impl_->keys.find(parent_key_id, kSelf);
    if (!key) return Error{"AccessDenied", "Access Denied"};
    account = key->value.account;
  } else {
    TRY(SessionPtr parent, impl_->open_session(parent_key_id, parent_token));
    SessionRecord copy = parent->record;
    copy.wrapped_secret.clear();
    account = copy.account;
    record.expires_ms = std::min(record.expires_ms, copy.expires_ms);
    record.parent_session = encode(copy);
  }
  NewSession out{.access_key_id = access_key_id(deps.random, "ASIA", account),
                 .secret = secret_access_key(deps.random),
                 .expires_ms = record.expires_ms};
  record.wrapped_secret =
      deps.keys.wrap(seal::Series::kIam, secret_aad(out.access_key_id), out.secret);
  out.token = base64(
      deps.keys.seal_bytes(seal::Series::kIam, token_aad(out.access_key_id), encode(record)));
  return out;
}

std::optional<OpenedBucketSessionPtr> Iam::Impl::open_bucket_session(
    const std::string& access_key_id, std::string_view token) const {
  if (token.size() > kTokenMax) return std::nullopt;
  auto sealed = unbase64(token);
  if (!sealed) return std::nullopt;
  auto plain = deps.keys.open_bytes(seal::Series::kIam, token_aad(access_key_id), *sealed);
  if (!plain.ok()) return std::nullopt;
  auto record = decode_bucket_session(*plain);
  if (!record) return std::nullopt;
  OpenedBucketSession out{.access_key_id = access_key_id, .record = *std::move(record)};
  if (!out.record.parent_session.empty()) {
    auto parent = decode_session(out.record.parent_session);
    if (!parent) return std::nullopt;
    Session session{.access_key_id = out.record.parent_key_id, .record = *std::move(parent)};
    if (!session.record.policy.empty()) {
      auto policy = authz::Policy::parse(session.record.policy, authz::PolicyKind::kSession);
      if (!policy.ok()) return std::nullopt;
      session.policy = std::move(*policy);
    }
    out.parent = std::make_shared<const Session>(std::move(session));
  }
  return std::make_shared<const OpenedBucketSession>(std::move(out));
}

std::optional<Authenticated> Iam::Impl::key_caller(const LiveKey& key) const {
  Authenticated out{.principal = authz::Principal::root(key.account)};
  if (!key.record.user_id.empty()) {
    auto user = users_by_id.find(key.record.user_id, kSelf);
    if (!user) return std::nullopt;
    out.principal = user->value->caller->principal;
    out.policies = user->value->caller->policies;
  }
  add_levels(out);
  return out;
}

// bucket_session_caller answers whom the session stands for now: its parent, as that is today.
std::optional<Authenticated> Iam::Impl::bucket_session_caller(
    const OpenedBucketSession& session) const {
  std::optional<Authenticated> out;
  if (session.parent) {
    out = session_caller(*session.parent);
  } else if (auto key = keys.find(session.record.parent_key_id, kSelf);
             key && key->value.record.active) {
    out = key_caller(key->value);
  }
  if (out) out->principal.access_key_id = session.access_key_id;
  return out;
}

std::variant<Refusal, Authenticated> Iam::Impl::authenticate_bucket_session(const Presented& p,
                                                                            UnixMs now_ms) const {
  if (p.scheme != Scheme::kVersion4) return Refusal::kBadToken;
  OpenedBucketSessionPtr session = bucket_sessions.find(p.s3_session_token);
  const bool fresh = !session;
  if (fresh) {
    auto opened = open_bucket_session(p.access_key_id, p.s3_session_token);
    if (!opened) return Refusal::kBadToken;
    session = *std::move(opened);
  }
  if (session->access_key_id != p.access_key_id) return Refusal::kBadToken;
  const std::string name = SigningKeys::name_of(p.access_key_id, p.date, p.region, p.service);
  SigningKeys::Key signing_key = signing_keys.find(name, session);
  const bool derived = !signing_key;
  if (derived) {
    auto secret = deps.keys.unwrap(seal::Series::kIam, secret_aad(p.access_key_id),
                                   session->record.wrapped_secret);
    if (!secret.ok()) return Refusal::kBadToken;
    signing_key = std::make_shared<const Secret>(
        crypto::sigv4_signing_key(*secret, p.date, p.region, p.service));
  }
  if (!Authenticator::matches(*signing_key, p.string_to_sign, p.signature))
    return Refusal::kBadSignature;
  if (now_ms >= session->record.expires_ms) return Refusal::kExpiredToken;
  if (fresh) bucket_sessions.put(p.s3_session_token, session);
  if (derived) signing_keys.put(name, session, signing_key);
  auto out = bucket_session_caller(*session);
  if (!out) return Refusal::kBadToken;
  out->signing_key = std::move(signing_key);
  out->bucket_session = {session, &session->record.session};
  return *std::move(out);
}

}  // namespace coffer::iam
