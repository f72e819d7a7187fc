#include "s3/sse/envelopes.h"

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/mac.h"
#include "crypto/segment_cipher.h"
#include "crypto/system_random.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr int64_t kBucketKeyLifeMs = 5 * 60 * 1000;
constexpr uint64_t kBucketKeyUsesMax = uint64_t{1} << 32;
constexpr size_t kCachedMax = 100000;

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

authz::RequestContext Envelopes::forwarded(authz::RequestContext caller,
                                           const Bucket& bucket) const {
  bool directory = bucket.kind == BucketKind::kDirectory;
  return std::move(caller).forward(
      directory ? "s3express" : "s3",
      directory ? "fas.s3express.amazonaws.com" : "fas.s3.amazonaws.com");
}

kms::EncryptionContext Envelopes::kms_context(
    const SealedFor& what, bool bucket_key,
    const std::map<std::string, std::string>& client) const {
  kms::EncryptionContext out = client;
  const Bucket& b = what.bucket->value;
  out["aws:s3:arn"] = bucket_key ? b.arn() : b.arn() + "/" + what.key;
  return out;
}

std::optional<std::string> Envelopes::effective_key_arn(const authz::RequestContext& caller,
                                                        const Plan& plan) const {
  if (plan.algorithm != Algorithm::kKms && plan.algorithm != Algorithm::kKmsDsse)
    return std::nullopt;
  return d_.kms.effective_arn(caller, plan.kms_key_id);
}

std::optional<Envelopes::Cached> Envelopes::cached(const std::string& slot, bool for_write) {
  std::lock_guard lock(mutex_);
  auto i = slots_.find(slot);
  if (i == slots_.end()) return std::nullopt;
  Cached& entry = i->second->second;
  bool stale = entry.expires_ms < Clock::monotonic_ms() ||
               d_.kms.generation(entry.key_arn) != entry.generation ||
               (for_write && entry.uses_left == 0);
  if (stale) {
    order_.erase(i->second);
    slots_.erase(i);
    return std::nullopt;
  }
  if (for_write) --entry.uses_left;
  order_.splice(order_.begin(), order_, i->second);
  return entry;
}

void Envelopes::remember(const std::string& slot, Cached entry) {
  std::lock_guard lock(mutex_);
  if (auto i = slots_.find(slot); i != slots_.end()) {
    i->second->second = std::move(entry);
    return;
  }
  order_.emplace_front(slot, std::move(entry));
  slots_[slot] = order_.begin();
  if (order_.size() > kCachedMax) {
    slots_.erase(order_.back().first);
    order_.pop_back();
  }
}

void Envelopes::forget_all() {
  std::lock_guard lock(mutex_);
  slots_.clear();
  order_.clear();
}

// A write slot is (credential, bucket instance, key, context); a read slot is (credential,
// ciphertext): what one credential obtained serves no other.
Task<Result<Envelopes::Cached>> Envelopes::key_for_write(authz::RequestContext via,
                                                         const SealedFor& what, const Plan& plan) {
  kms::EncryptionContext context = kms_context(what, plan.bucket_key, plan.context);
  if (!plan.bucket_key) {
    auto fresh =
        co_await d_.kms.generate_data_key(std::move(via), plan.kms_key_id, std::move(context));
    if (!fresh) co_return s3_error(std::move(fresh.error()));
    co_return Cached{.key_arn = fresh->key_arn,
                     .ciphertext = std::move(fresh->ciphertext),
                     .key = std::make_shared<const Secret>(std::move(fresh->plaintext))};
  }
  const std::string credential =
      via.principal.access_key_id.empty() ? via.principal.arn : via.principal.access_key_id;
  const std::string arn = d_.kms.effective_arn(via, plan.kms_key_id);
  const Hash256 which = hash_context(arn, context);
  const std::string slot = "w" + credential + "/" +
                           std::string(what.bucket->value.instance.view()) +
                           std::string(which.view());
  if (auto hit = cached(slot, true)) {
    auto allowed =
        d_.kms.authorize_cached(via, kms::KeyAction::kGenerateDataKey, hit->key_arn, context);
    if (!allowed) co_return s3_error(std::move(allowed.error()));
    co_return std::move(*hit);
  }
  // Keys under a context of the client's own choosing are not shared: their number is the client's
  // to choose.
  const bool shared = plan.context.empty();
  Bytes stored;
  if (shared) stored = co_await d_.buckets.shared_bucket_key(what.bucket, which);
  Bytes offered = stored;
  const uint64_t generation =
      d_.kms.generation(arn);  // before the call: a change meanwhile ends the entry
  auto made =
      co_await d_.kms.bucket_key(std::move(via), plan.kms_key_id.empty() ? std::string() : arn,
                                 std::move(context), std::move(stored));
  if (!made) co_return s3_error(std::move(made.error()));
  if (shared && made->ciphertext != offered)
    co_await d_.buckets.share_bucket_key(what.bucket, which, made->ciphertext);
  Cached entry{.key_arn = made->key_arn,
               .ciphertext = std::move(made->ciphertext),
               .key = std::make_shared<const Secret>(std::move(made->plaintext)),
               .generation = generation,
               .expires_ms = Clock::monotonic_ms() + kBucketKeyLifeMs,
               .uses_left = kBucketKeyUsesMax};
  remember("r" + credential + "/" + std::string(crypto::sha256(entry.ciphertext).view()), entry);
  remember(slot, entry);
  co_return entry;
}

Task<Result<std::shared_ptr<const Secret>>> Envelopes::key_for_read(
    authz::RequestContext via, const Envelope& e, kms::EncryptionContext context) {
  if (!e.bucket_key) {
    auto opened =
        co_await d_.kms.decrypt(std::move(via), e.key_arn, e.kms_ciphertext, std::move(context));
    if (!opened) co_return s3_error(std::move(opened.error()));
    co_return std::make_shared<const Secret>(std::move(*opened));
  }
  const std::string credential =
      via.principal.access_key_id.empty() ? via.principal.arn : via.principal.access_key_id;
  const std::string slot =
      "r" + credential + "/" + std::string(crypto::sha256(e.kms_ciphertext).view());
  if (auto hit = cached(slot, false)) {
    auto allowed = d_.kms.authorize_cached(via, kms::KeyAction::kDecrypt, hit->key_arn, context);
    if (!allowed) co_return s3_error(std::move(allowed.error()));
    co_return hit->key;
  }
  const uint64_t generation = d_.kms.generation(e.key_arn);
  auto opened =
      co_await d_.kms.decrypt(std::move(via), e.key_arn, e.kms_ciphertext, std::move(context));
  if (!opened) co_return s3_error(std::move(opened.error()));
  auto key = std::make_shared<const Secret>(std::move(*opened));
  remember(slot, {.key_arn = e.key_arn,
                  .ciphertext = e.kms_ciphertext,
                  .key = key,
                  .generation = generation,
                  .expires_ms = Clock::monotonic_ms() + kBucketKeyLifeMs});
  co_return key;
}

Task<Result<Envelopes::Made>> Envelopes::make(authz::RequestContext caller, SealedFor what,
                                              Plan plan) {
  CHECK(plan.algorithm == Algorithm::kAes256 || plan.algorithm == Algorithm::kKms);
  ContentKeys keys{crypto::random_secret(d_.random), crypto::random_secret(d_.random)};
  Envelope e;
  e.algorithm = plan.algorithm;
  const Bytes aad = binding("data key", what);
  if (plan.algorithm == Algorithm::kAes256) {
    e.wrapped_data_key = d_.keys.wrap(seal::Series::kS3, aad, keys.data_key);
  } else {
    e.bucket_key = plan.bucket_key;
    CO_TRY(Cached by,
           co_await key_for_write(forwarded(std::move(caller), what.bucket->value), what, plan));
    e.key_arn = by.key_arn;
    e.kms_ciphertext = by.ciphertext;
    e.wrapped_data_key =
        crypto::wrap_secret(*by.key, "coffer object key", aad, keys.data_key, d_.random);
  }
  e.commitment = crypto::key_commitment(keys.data_key, what.object_id);
  const Bytes manifest_aad = binding("manifest key", what);
  e.manifest_key_by_data_key = crypto::wrap_secret(keys.data_key, "coffer manifest key",
                                                   manifest_aad, keys.manifest_key, d_.random);
  e.manifest_key_by_service = d_.keys.wrap(seal::Series::kS3, manifest_aad, keys.manifest_key);
  co_return Made{std::move(e), std::make_shared<const ContentKeys>(std::move(keys))};
}

Task<Result<std::shared_ptr<const ContentKeys>>> Envelopes::open(
    authz::RequestContext caller, SealedFor what, Envelope e,
    std::map<std::string, std::string> context) {
  const Bytes aad = binding("data key", what);
  std::optional<Secret> data_key;
  if (e.algorithm == Algorithm::kAes256) {
    CO_TRY(data_key, d_.keys.unwrap(seal::Series::kS3, aad, e.wrapped_data_key));
  } else {
    CO_TRY(auto by, co_await key_for_read(forwarded(std::move(caller), what.bucket->value), e,
                                          kms_context(what, e.bucket_key, context)));
    data_key = crypto::unwrap_secret(*by, "coffer object key", aad, e.wrapped_data_key);
    if (!data_key) co_return damaged(what, "the data key");
  }
  if (!equal_ct(crypto::key_commitment(*data_key, what.object_id).view(), e.commitment.view()))
    co_return damaged(what, "the key commitment");
  auto manifest_key = crypto::unwrap_secret(
      *data_key, "coffer manifest key", binding("manifest key", what), e.manifest_key_by_data_key);
  if (!manifest_key) co_return damaged(what, "the manifest key");
  co_return std::make_shared<const ContentKeys>(
      ContentKeys{std::move(*data_key), std::move(*manifest_key)});
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
    c.value = crypto::seal_derived(keys.data_key, "coffer checksum", object_id.view(), c.value,
                                   d_.random);
  return c;
}

Result<StoredChecksum> Envelopes::open_checksum(const ContentKeys& keys, const Id128& object_id,
                                                Algorithm algorithm, StoredChecksum c) const {
  if (algorithm == Algorithm::kAes256) return c;
  auto value = crypto::open_derived(keys.data_key, "coffer checksum", object_id.view(), c.value);
  if (!value)
    return internal_error(
        fmt::format("object {}: the checksum does not open", hex(object_id.view())));
  c.value = std::move(*value);
  return c;
}

}  // namespace coffer::s3
