// Sessions: making tokens, and from a token to a principal.
// Source: STS API Reference, AssumeRole, GetSessionToken, GetFederationToken.
#include "iam/session.h"

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/mac.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr size_t kPackedMax = 4096;
constexpr size_t kTokenMax = 16 * 1024;
constexpr std::string_view kAdministrator = "arn:aws:iam::aws:policy/AdministratorAccess";

// A token opens for the access key ID that it was made with alone, and its secret in it alone.
Bytes token_aad(std::string_view access_key_id) {
  return Writer().bytes("coffer session token").bytes(access_key_id).take();
}
Bytes secret_aad(std::string_view access_key_id) {
  return Writer().bytes("coffer session secret").bytes(access_key_id).take();
}

size_t packed_size(const SessionRequest& r) {
  size_t size = r.policy.size();
  for (const std::string& arn : r.policy_arns) size += arn.size();
  for (const Tag& tag : r.tags) size += tag.key.size() + tag.value.size();
  return size;
}

void name_principal(authz::Principal& p, const SessionRecord& r, const std::string& role_name) {
  p.name = r.name;
  p.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", r.account, role_name, r.name);
  p.principal_id = p.role_id + ":" + r.name;
}

// A session's tag takes the place of its parent's of the same key.
void add_tags(authz::Principal& p, const std::vector<Tag>& tags) {
  for (const Tag& tag : tags) {
    std::erase_if(p.tags, [&](const auto& t) { return iequals(t.first, tag.key); });
    p.tags[tag.key] = tag.value;
  }
}

authz::Principal federated(const SessionRecord& r) {
  authz::Principal p;
  p.type = authz::PrincipalType::kFederatedUser;
  p.account = r.account;
  p.arn = fmt::format("arn:aws:sts::{}:federated-user/{}", r.account, r.name);
  p.principal_id = r.account + ":" + r.name;
  p.name = r.name;
  return p;
}

}  // namespace

Task<Result<NewSession>> Iam::begin_session(SessionRequest request) const {
  size_t packed = packed_size(request);
  if (packed > kPackedMax)
    co_return Error{"PackedPolicyTooLarge",
                    fmt::format("Packed policy consumes {}% of allotted space, please use smaller "
                                "policy.",
                                packed * 100 / kPackedMax)};
  if (!request.policy.empty())
    CO_TRY_OK(co_await impl_->compile(request.policy, authz::PolicyKind::kSession));
  for (const std::string& arn : request.policy_arns)
    if (!impl_->resolve(request.account, arn))
      co_return Error{"MalformedPolicyDocument",
                      fmt::format("Policy {} does not exist or is not attachable.", arn)};
  UnixMs now = impl_->deps.clock.business_ms();
  NewSession out{
      .access_key_id = access_key_id(impl_->deps.random, "ASIA", request.account),
      .secret = secret_access_key(impl_->deps.random),
      .expires_ms = (now / 1000 + request.duration_s) * 1000,
      .packed_percent = static_cast<int64_t>((packed * 100 + kPackedMax - 1) / kPackedMax)};
  SessionRecord record{.kind = request.kind,
                       .account = std::move(request.account),
                       .parent_id = std::move(request.parent_id),
                       .name = std::move(request.name),
                       .issued_ms = now,
                       .expires_ms = out.expires_ms,
                       .tags = std::move(request.tags),
                       .transitive = std::move(request.transitive),
                       .source_identity = std::move(request.source_identity),
                       .policy = std::move(request.policy),
                       .policy_arns = std::move(request.policy_arns)};
  record.wrapped_secret =
      impl_->deps.keys.wrap(seal::Series::kIam, secret_aad(out.access_key_id), out.secret);
  out.token = base64(impl_->deps.keys.seal_bytes(seal::Series::kIam, token_aad(out.access_key_id),
                                                 encode(record)));
  co_return std::move(out);
}

Result<SessionPtr> Iam::Impl::open_session(std::string_view access_key_id,
                                           std::string_view token) const {
  const Error bad{"InvalidClientTokenId", "The security token included in the request is invalid."};
  if (token.size() > kTokenMax) return bad;
  auto sealed = unbase64(token);
  if (!sealed) return bad;
  auto plain = deps.keys.open_bytes(seal::Series::kIam, token_aad(access_key_id), *sealed);
  if (!plain.ok()) return bad;
  auto record = decode_session(*plain);
  if (!record) return bad;
  Session session{.access_key_id = std::string(access_key_id), .record = *std::move(record)};
  if (!session.record.policy.empty()) {
    TRY(session.policy, authz::Policy::parse(session.record.policy, authz::PolicyKind::kSession));
  }
  return std::make_shared<const Session>(std::move(session));
}

std::optional<Authenticated> Iam::Impl::session_caller(const Session& session) const {
  const SessionRecord& r = session.record;
  if (!accounts.find(r.account, kSelf) || is_closed(r.account)) return std::nullopt;
  Authenticated out;
  if (r.kind == SessionKind::kRole) {
    auto role = roles_by_id.find(r.parent_id, kSelf);
    if (!role) return std::nullopt;
    out.principal = role->value->caller->principal;
    out.policies = role->value->caller->policies;
    name_principal(out.principal, r, role->value->name);
  } else if (!r.parent_id.empty()) {
    auto user = users_by_id.find(r.parent_id, kSelf);
    if (!user) return std::nullopt;
    out.principal = user->value->caller->principal;
    out.policies = user->value->caller->policies;
  } else {
    out.principal = authz::Principal::root(r.account);
  }
  if (r.kind == SessionKind::kFederated) {
    out.principal = federated(r);
    // What an account's root passes on is bounded by the session's policies alone.
    if (r.parent_id.empty()) out.policies.identity.push_back(*resolve(r.account, kAdministrator));
  }
  add_levels(out);
  add_tags(out.principal, r.tags);
  out.principal.source_identity = r.source_identity;
  out.principal.token_issued_ms = r.issued_ms;
  out.principal.access_key_id = session.access_key_id;
  out.policies.has_session_policy = session.policy || !r.policy_arns.empty();
  if (session.policy) out.policies.session.push_back({"session policy", session.policy});
  // A managed policy that is gone allows nothing.
  for (const std::string& arn : r.policy_arns)
    if (auto policy = resolve(r.account, arn)) out.policies.session.push_back(*std::move(policy));
  return out;
}

std::variant<Refusal, Authenticated> Iam::Impl::authenticate_session(const Presented& p,
                                                                     UnixMs now_ms) const {
  SessionPtr session = sessions.find(p.session_token);
  const bool fresh = !session;
  if (fresh) {
    auto opened = open_session(p.access_key_id, p.session_token);
    if (!opened.ok()) return Refusal::kBadToken;
    session = *std::move(opened);
  }
  if (session->access_key_id != p.access_key_id) return Refusal::kBadToken;

  const bool version2 = p.scheme == Scheme::kVersion2;
  std::string name = SigningKeys::name_of(p.access_key_id, p.date, p.region, p.service);
  SigningKeys::Key signing_key = version2 ? nullptr : signing_keys.find(name, session);
  const bool derived = !version2 && !signing_key;
  bool good = false;
  if (!signing_key) {
    auto secret = deps.keys.unwrap(seal::Series::kIam, secret_aad(p.access_key_id),
                                   session->record.wrapped_secret);
    if (!secret.ok()) return Refusal::kBadToken;
    if (version2) {
      good = Authenticator::matches_version2(*secret, p.string_to_sign, p.signature);
    } else {
      signing_key = std::make_shared<const Secret>(
          crypto::sigv4_signing_key(*secret, p.date, p.region, p.service));
    }
  }
  if (signing_key) good = Authenticator::matches(*signing_key, p.string_to_sign, p.signature);
  if (!good) return Refusal::kBadSignature;
  if (now_ms >= session->record.expires_ms) return Refusal::kExpiredToken;
  if (fresh) sessions.put(p.session_token, session);
  if (derived) signing_keys.put(name, session, signing_key);

  auto out = session_caller(*session);
  if (!out) return Refusal::kBadToken;
  out->signing_key = std::move(signing_key);
  return *std::move(out);
}

Result<std::vector<Tag>> Iam::transitive_tags(std::string_view access_key_id,
                                              std::string_view token) const {
  TRY(SessionPtr session, impl_->open_session(access_key_id, token));
  std::vector<Tag> out;
  for (const Tag& tag : session->record.tags)
    for (const std::string& key : session->record.transitive)
      if (iequals(key, tag.key)) out.push_back(tag);
  return out;
}

}  // namespace coffer::iam
