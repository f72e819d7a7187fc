#include "s3/sse/envelopes.h"

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/mac.h"
#include "crypto/segment_cipher.h"
#include "crypto/system_random.h"
#include "kms/avoided_calls.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr int64_t kBucketKeyLifeMs = 5 * 60 * 1000;
constexpr uint64_t kBucketKeyUsesMax = uint64_t{1} << 32;
constexpr size_t kCachedMax = 100000;
constexpr std::string_view kObjectKeyLabel = "coffer object key";

Bytes binding(std::string_view what, const SealedFor& f) {
  Bytes out(what);
  out.append(f.bucket->value.instance.view()).append(f.object_id.view());
  return out;
}

Hash256 hash_context(const std::string& key_arn, const kms::EncryptionContext& context) {
  Writer w;
  w.bytes(key_arn);
  for (const auto& [k, v] : context) w.bytes(k).bytes(v);
  return crypto::sha256(w.view());
}

const std::string& credential_of(const authz::RequestContext& via) {
  const authz::Principal& p = via.principal;
  return p.access_key_id.empty() ? p.arn : p.access_key_id;
}

// A write slot is (credential, bucket instance, key, context); a read slot is (credential,
// ciphertext): what one credential obtained serves no other.
std::string write_slot(const authz::RequestContext& via, const SealedFor& what,
                       std::string_view key_arn, const std::map<std::string, std::string>& client) {
  const std::string& credential = credential_of(via);
  Writer w(credential.size() + key_arn.size() + 32);
  w.u8('w').bytes(credential).raw(what.bucket->value.instance.view()).bytes(key_arn);
  for (const auto& [k, v] : client) w.bytes(k).bytes(v);
  return w.take();
}

std::string read_slot(const authz::RequestContext& via, ByteView ciphertext) {
  const std::string& credential = credential_of(via);
  Writer w(credential.size() + ciphertext.size() + 8);
  w.u8('r').bytes(credential).raw(ciphertext);
  return w.take();
}

// is_for: a key that was obtained under one context opens nothing of another.
bool is_for(const kms::HeldKey& by, std::string_view key_arn, const Bucket& bucket,
            const std::map<std::string, std::string>& client) {
  if (by.arn != key_arn || by.context.size() != client.size() + 1) return false;
  for (const auto& [k, v] : by.context) {
    if (k == bucket.rules().context_name) {
      if (v != bucket.arn()) return false;
      continue;
    }
    auto i = client.find(k);
    if (i == client.end() || i->second != v) return false;
  }
  return true;
}

// held_key is the key behind a bucket key from now on; its uses are told by KMS key and bucket.
kms::HeldKey held_key(std::string arn, kms::EncryptionContext context, uint64_t generation) {
  auto* avoided = kms::AvoidedCalls::process().counter(arn, context);
  return {std::move(arn), std::move(context), generation, avoided};
}

Error damaged(const SealedFor& what, std::string_view part) {
  return internal_error(fmt::format("object {} of bucket {}: {} does not open",
                                    hex(what.object_id.view()), what.bucket->value.name, part));
}
}  // namespace

Error s3_error(Error e) {
  if (e.code == "AccessDeniedException")
    e.code = "AccessDenied";
  else if (e.code == "ThrottlingException")
    return slow_down();
  else if (e.code != "AccessDenied" && e.code != "InternalError" &&
           e.code != "ServiceUnavailable" && e.code != "KMSInternalException" &&
           e.code != "DependencyTimeoutException" && e.code != "SlowDown")
    e.code = "KMS." + e.code;
  if (e.code == "KMSInternalException" || e.code == "DependencyTimeoutException")
    e.code = "ServiceUnavailable";
  return e;
}

authz::RequestContext Envelopes::forwarded(const authz::RequestContext& caller,
                                           const Bucket& bucket) const {
  const std::string_view service = bucket.rules().service;
  return caller.forward(service, fmt::format("fas.{}.amazonaws.com", service));
}

kms::EncryptionContext Envelopes::kms_context(
    const SealedFor& what, bool bucket_key,
    const std::map<std::string, std::string>& client) const {
  kms::EncryptionContext out = client;
  const Bucket& b = what.bucket->value;
  const bool names_object = !bucket_key && b.rules().context_names_object;
  out[std::string(b.rules().context_name)] = names_object ? b.arn() + "/" + what.key : b.arn();
  return out;
}

Task<Status> Envelopes::check_key(const authz::RequestContext& caller, BucketPtr bucket,
                                  std::string key_arn, bool writes) {
  const authz::RequestContext via = forwarded(caller, bucket->value);
  const SealedFor what{.bucket = std::move(bucket)};
  if (writes) {
    Plan plan{.algorithm = Algorithm::kKms, .kms_key_id = key_arn, .bucket_key = true};
    CO_TRY_OK(co_await key_for_write(via, what, plan));
  }
  const kms::HeldKey held{.arn = key_arn,
                          .context = kms_context(what, true, {}),
                          .generation = d_.kms.generation(key_arn)};
  auto may_read = d_.kms.authorize_cached(via, kms::KeyAction::kDecrypt, held);
  if (!may_read) co_return s3_error(std::move(may_read.error()));
  if (*may_read == kms::DataKeys::Held::kStale)
    co_return Error{"KMS.NotFoundException", fmt::format("Key '{}' does not exist", key_arn)};
  co_return ok_status();
}

std::optional<std::string> Envelopes::effective_key_arn(const authz::RequestContext& caller,
                                                        const Plan& plan) const {
  if (plan.algorithm != Algorithm::kKms && plan.algorithm != Algorithm::kKmsDsse)
    return std::nullopt;
  return d_.kms.effective_arn(caller, plan.kms_key_id);
}

Envelopes::ObtainedPtr Envelopes::cached(const std::string& slot, bool for_write) {
  std::lock_guard lock(mutex_);
  auto i = slots_.find(slot);
  if (i == slots_.end()) return nullptr;
  Slot& entry = *i->second;
  if (entry.expires_ms < Clock::monotonic_ms() || (for_write && entry.uses_left == 0)) {
    const auto at = i->second;
    slots_.erase(i);
    order_.erase(at);
    return nullptr;
  }
  if (for_write) --entry.uses_left;
  order_.splice(order_.begin(), order_, i->second);
  return entry.key;
}

void Envelopes::remember(std::string name, ObtainedPtr key) {
  const int64_t expires_ms = Clock::monotonic_ms() + kBucketKeyLifeMs;
  std::lock_guard lock(mutex_);
  if (auto i = slots_.find(name); i != slots_.end()) {
    Slot& there = *i->second;
    there.key = std::move(key);
    there.expires_ms = expires_ms;
    there.uses_left = kBucketKeyUsesMax;
    return;
  }
  order_.push_front({std::move(name), std::move(key), expires_ms, kBucketKeyUsesMax});
  slots_[order_.front().name] = order_.begin();
  if (order_.size() > kCachedMax) {
    slots_.erase(order_.back().name);
    order_.pop_back();
  }
}

void Envelopes::drop(const std::string& slot) {
  std::lock_guard lock(mutex_);
  auto i = slots_.find(slot);
  if (i == slots_.end()) return;
  const auto at = i->second;
  slots_.erase(i);
  order_.erase(at);
}

void Envelopes::forget_all() {
  std::lock_guard lock(mutex_);
  slots_.clear();
  order_.clear();
}

Result<Envelopes::ObtainedPtr> Envelopes::reuse(const authz::RequestContext& via,
                                                const std::string& slot, kms::KeyAction action) {
  ObtainedPtr hit = cached(slot, action == kms::KeyAction::kGenerateDataKey);
  if (!hit) return hit;
  auto held = d_.kms.authorize_cached(via, action, hit->by);
  if (!held) return s3_error(std::move(held.error()));
  if (*held == kms::DataKeys::Held::kGood) return hit;
  drop(slot);
  return ObtainedPtr();
}

Task<Result<Envelopes::ObtainedPtr>> Envelopes::key_for_write(const authz::RequestContext& via,
                                                              const SealedFor& what,
                                                              const Plan& plan) {
  if (!plan.bucket_key) {
    auto fresh = co_await d_.kms.generate_data_key(via, plan.kms_key_id,
                                                   kms_context(what, false, plan.context));
    if (!fresh) co_return s3_error(std::move(fresh.error()));
    co_return std::make_shared<const Obtained>(
        Obtained{.by = {.arn = fresh->key_arn},
                 .ciphertext = std::move(fresh->ciphertext),
                 .key = std::make_shared<const Secret>(std::move(fresh->plaintext))});
  }
  std::string arn = d_.kms.effective_arn(via, plan.kms_key_id);
  std::string slot = write_slot(via, what, arn, plan.context);
  CO_TRY(ObtainedPtr hit, reuse(via, slot, kms::KeyAction::kGenerateDataKey));
  if (hit) co_return hit;
  co_return co_await bucket_key_for_write(via, what, plan, std::move(arn), std::move(slot));
}

Task<Result<Envelopes::ObtainedPtr>> Envelopes::bucket_key_for_write(
    const authz::RequestContext& via, const SealedFor& what, const Plan& plan, std::string arn,
    std::string slot) {
  kms::EncryptionContext context = kms_context(what, true, plan.context);
  const Hash256 which = hash_context(arn, context);
  // Keys under a context of the client's own choosing are not shared: their number is the client's
  // to choose.
  const bool shared = plan.context.empty();
  Bytes stored;
  if (shared) stored = co_await d_.buckets.shared_bucket_key(what.bucket, which);
  Bytes offered = stored;
  // Asked before the call: a change meanwhile ends the entry.
  const uint64_t generation = d_.kms.generation(arn);
  auto made = co_await d_.kms.bucket_key(via, plan.kms_key_id.empty() ? std::string() : arn,
                                         context, std::move(stored));
  if (!made) co_return s3_error(std::move(made.error()));
  if (shared && made->ciphertext != offered)
    co_await d_.buckets.share_bucket_key(what.bucket, which, made->ciphertext);
  auto obtained = std::make_shared<const Obtained>(
      Obtained{.by = held_key(made->key_arn, std::move(context), generation),
               .ciphertext = std::move(made->ciphertext),
               .key = std::make_shared<const Secret>(std::move(made->plaintext))});
  remember(read_slot(via, obtained->ciphertext), obtained);
  remember(std::move(slot), obtained);
  co_return obtained;
}

Task<Result<Envelopes::ObtainedPtr>> Envelopes::key_for_read(
    const authz::RequestContext& via, const SealedFor& what, const Envelope& e,
    const std::map<std::string, std::string>& context) {
  std::string slot;
  if (e.bucket_key) {
    slot = read_slot(via, e.kms_ciphertext);
    CO_TRY(ObtainedPtr hit, reuse(via, slot, kms::KeyAction::kDecrypt));
    if (hit && is_for(hit->by, e.key_arn, what.bucket->value, context)) co_return hit;
  }
  const uint64_t generation = e.bucket_key ? d_.kms.generation(e.key_arn) : 0;
  kms::EncryptionContext full = kms_context(what, e.bucket_key, context);
  auto opened = co_await d_.kms.decrypt(via, e.key_arn, e.kms_ciphertext, full);
  if (!opened) co_return s3_error(std::move(opened.error()));
  auto obtained = std::make_shared<const Obtained>(
      Obtained{.by = e.bucket_key ? held_key(e.key_arn, std::move(full), generation)
                                  : kms::HeldKey{.arn = e.key_arn},
               .ciphertext = e.kms_ciphertext,
               .key = std::make_shared<const Secret>(std::move(*opened))});
  if (e.bucket_key) remember(std::move(slot), obtained);
  co_return obtained;
}

Task<Result<Envelopes::Made>> Envelopes::make(const authz::RequestContext& caller,
                                              const SealedFor& what, const Plan& plan) {
  ContentKeys keys{crypto::random_secret(d_.random), crypto::random_secret(d_.random), {}};
  if (plan.algorithm == Algorithm::kKmsDsse) keys.inner_key = crypto::random_secret(d_.random);
  CO_TRY(Envelope e, co_await rewrap(caller, what, plan, keys));
  co_return Made{std::move(e), std::make_shared<const ContentKeys>(std::move(keys))};
}

Task<Result<Envelope>> Envelopes::rewrap(const authz::RequestContext& caller, const SealedFor& what,
                                         const Plan& plan, const ContentKeys& keys) {
  Envelope e;
  e.algorithm = plan.algorithm;
  CHECK(e.layers() == keys.layers());
  const Bytes aad = binding("data key", what);
  if (plan.algorithm == Algorithm::kAes256) {
    e.wrapped_data_key = d_.keys.wrap(seal::Series::kS3, aad, keys.data_key);
  } else if (plan.algorithm == Algorithm::kCustomer) {
    e.wrapped_data_key =
        crypto::wrap_secret(plan.customer_key->key, kObjectKeyLabel, aad, keys.data_key, d_.random);
  } else {
    CHECK(plan.algorithm == Algorithm::kKms || !plan.bucket_key);
    e.bucket_key = plan.bucket_key;
    const authz::RequestContext via = forwarded(caller, what.bucket->value);
    CO_TRY(ObtainedPtr by, co_await key_for_write(via, what, plan));
    e.key_arn = by->by.arn;
    e.kms_ciphertext = by->ciphertext;
    e.wrapped_data_key =
        crypto::wrap_secret(*by->key, kObjectKeyLabel, aad, keys.data_key, d_.random);
  }
  if (keys.inner_key) e.inner_key = wrap_inner_key(what, keys);
  e.commitment = crypto::key_commitment(keys.data_key, what.object_id);
  const Bytes manifest_aad = binding("manifest key", what);
  e.manifest_key_by_data_key = crypto::wrap_secret(keys.data_key, "coffer manifest key",
                                                   manifest_aad, keys.manifest_key, d_.random);
  e.manifest_key_by_service = d_.keys.wrap(seal::Series::kS3, manifest_aad, keys.manifest_key);
  co_return e;
}

Task<Result<std::shared_ptr<const ContentKeys>>> Envelopes::open(
    const authz::RequestContext& caller, const SealedFor& what, const Envelope& e,
    const std::map<std::string, std::string>& context, const CustomerKeyPtr& customer_key) {
  const Bytes aad = binding("data key", what);
  std::optional<Secret> data_key;
  if (e.algorithm == Algorithm::kAes256) {
    CO_TRY(data_key, d_.keys.unwrap(seal::Series::kS3, aad, e.wrapped_data_key));
  } else if (e.algorithm == Algorithm::kCustomer) {
    CHECK(customer_key != nullptr);
    data_key = crypto::unwrap_secret(customer_key->key, kObjectKeyLabel, aad, e.wrapped_data_key);
    if (!data_key) co_return wrong_customer_key();
  } else {
    const authz::RequestContext via = forwarded(caller, what.bucket->value);
    CO_TRY(ObtainedPtr by, co_await key_for_read(via, what, e, context));
    data_key = crypto::unwrap_secret(*by->key, kObjectKeyLabel, aad, e.wrapped_data_key);
    if (!data_key) co_return damaged(what, "the data key");
  }
  if (!equal_ct(crypto::key_commitment(*data_key, what.object_id).view(), e.commitment.view()))
    co_return damaged(what, "the key commitment");
  auto manifest_key = crypto::unwrap_secret(
      *data_key, "coffer manifest key", binding("manifest key", what), e.manifest_key_by_data_key);
  if (!manifest_key) co_return damaged(what, "the manifest key");
  ContentKeys keys{std::move(*data_key), std::move(*manifest_key), {}};
  if (e.algorithm == Algorithm::kKmsDsse) {
    CO_TRY(keys.inner_key, open_inner_key(what, e, keys.data_key));
  }
  co_return std::make_shared<const ContentKeys>(std::move(keys));
}

// The inner key opens for nobody who lacks either the KMS key or the service's own.
Bytes Envelopes::wrap_inner_key(const SealedFor& what, const ContentKeys& keys) const {
  const Bytes aad = binding("inner key", what);
  const Bytes by_service = d_.keys.wrap(seal::Series::kS3, aad, *keys.inner_key);
  return crypto::seal_derived(keys.data_key, "coffer inner key", aad, by_service, d_.random);
}

Result<Secret> Envelopes::open_inner_key(const SealedFor& what, const Envelope& e,
                                         const Secret& data_key) const {
  const Bytes aad = binding("inner key", what);
  const auto by_service = crypto::open_derived(data_key, "coffer inner key", aad, e.inner_key);
  if (!by_service) return damaged(what, "the inner key");
  return d_.keys.unwrap(seal::Series::kS3, aad, *by_service);
}

Status Envelopes::check_manifest(const SealedFor& what, const ContentKeys& keys, const Head& head) {
  if (!equal_ct(seal_manifest(keys.manifest_key, head).view(), head.manifest_seal.view()))
    return damaged(what, "the manifest");
  return ok_status();
}

Result<Secret> Envelopes::open_manifest_key(const SealedFor& what, const Envelope& e) const {
  return d_.keys.unwrap(seal::Series::kS3, binding("manifest key", what),
                        e.manifest_key_by_service);
}

Hash256 Envelopes::seal_manifest(const Secret& manifest_key, const Head& head) {
  return crypto::hmac_sha256(manifest_key, manifest(head));
}

StoredChecksum Envelopes::seal_checksum(const ContentKeys& keys, const Id128& object_id,
                                        Algorithm algorithm, StoredChecksum c) const {
  if (algorithm != Algorithm::kAes256)
    c.value = crypto::mask(keys.data_key, "coffer checksum", object_id.view(), c.value, d_.random);
  return c;
}

Result<StoredChecksum> Envelopes::open_checksum(const ContentKeys& keys, const Id128& object_id,
                                                Algorithm algorithm, StoredChecksum c) const {
  if (algorithm == Algorithm::kAes256) return c;
  auto value = crypto::unmask(keys.data_key, "coffer checksum", object_id.view(), c.value);
  if (!value)
    return internal_error(
        fmt::format("object {}: the checksum does not open", hex(object_id.view())));
  c.value = std::move(*value);
  return c;
}

}  // namespace coffer::s3
