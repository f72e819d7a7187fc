#include "admin/object_proof.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/segment_cipher.h"
#include "s3/errors.h"

namespace coffer::admin {

namespace {

constexpr uint64_t kReadBytes = 1 << 20;

// Tally hashes ciphertext and counts its bytes' values.
class Tally {
 public:
  void add(ByteView bytes) {
    digest_.update(bytes);
    size_ += bytes.size();
    for (unsigned char c : bytes) ++counts_[c];
  }
  void finish(ExtentProof& into) {
    into.computed = Hash256::from(digest_.finish());
    into.sealed_bytes = size_;
    for (uint64_t n : counts_) {
      const double p = size_ == 0 ? 0 : static_cast<double>(n) / static_cast<double>(size_);
      if (n > 0) into.entropy_bits -= p * std::log2(p);
    }
  }

 private:
  crypto::Digest digest_{crypto::Hash::kSha256};
  std::array<uint64_t, 256> counts_{};
  uint64_t size_ = 0;
};

std::string_view opened_by(const s3::Envelope& e) {
  switch (e.algorithm) {
    case s3::Algorithm::kAes256:
      return "this service's own key";
    case s3::Algorithm::kKms:
      return e.bucket_key ? "the KMS key, through a bucket key" : "the KMS key";
    case s3::Algorithm::kKmsDsse:
      return "the KMS key and this service's own key together";
    case s3::Algorithm::kCustomer:
      break;
  }
  return "the customer's key, which is stored nowhere";
}

Task<Status> read_extent(s3::S3& s3, s3::BucketPtr bucket, std::string key, s3::Extent e,
                         ExtentProof& out) {
  Tally tally;
  if (e.in_row) {
    auto body =
        co_await s3.index().meta().get_body(bucket->value.partition_of(key), s3::body_row(e.id));
    if (!body || !*body) {
      out.damage = "missing or unreadable";
      co_return ok_status();
    }
    tally.add((*body)->view());
  }
  for (uint64_t at = 0; !e.in_row && at < e.blob.bytes;) {
    const size_t size = static_cast<size_t>(std::min(kReadBytes, e.blob.bytes - at));
    auto piece = co_await s3.store().blobs().read(e.blob, at, size);
    if (!piece) {
      out.damage = fmt::format("unreadable at byte {}", at);
      co_return ok_status();
    }
    tally.add(piece->view());
    at += size;
  }
  tally.finish(out);
  co_return ok_status();
}

Task<Result<ObjectProof>> prove_once(s3::S3& s3, s3::BucketPtr bucket, std::string key,
                                     std::optional<s3::VersionId> version,
                                     std::optional<std::string> version_id) {
  CO_TRY(auto current, co_await s3.index().find(bucket, key, version));
  if (!current || current->head.delete_marker)
    co_return version_id ? s3::no_such_version(key, *version_id) : s3::no_such_key(key);
  ObjectProof out{.head = std::move(current->head)};
  const s3::Envelope& envelope = out.head.envelope;
  auto extents = co_await s3.index().extents(bucket, key, out.head);
  if (!extents) {
    out.damage = "the list of extents is missing or damaged";
    co_return out;
  }
  const s3::SealedFor what{bucket, key, out.head.object_id};
  auto manifest_key = s3.envelopes().open_manifest_key(what, envelope);
  if (!manifest_key || !equal_ct(s3::Envelopes::seal_manifest(*manifest_key, out.head).view(),
                                 out.head.manifest_seal.view()))
    out.damage = "the content manifest is not the one that was sealed";
  for (const s3::Extent& e : *extents) {
    ExtentProof& proof = out.extents.emplace_back();
    proof.id = e.id;
    proof.place = e.in_row ? "a row" : "blob " + hex(e.blob.locator);
    proof.plain_bytes = e.plain_bytes;
    proof.expected = e.sealed_hash;
    CO_TRY_OK(co_await read_extent(s3, bucket, key, e, proof));
    if (!proof.damage.empty()) continue;
    if (proof.computed != proof.expected)
      proof.damage = "the ciphertext's hash differs";
    else if (proof.sealed_bytes != crypto::sealed_bytes(e.plain_bytes, envelope.layers()))
      proof.damage = "not as long as its layers make it";
  }
  co_return out;
}

}  // namespace

bool ObjectProof::sound() const {
  return damage.empty() && std::all_of(extents.begin(), extents.end(),
                                       [](const ExtentProof& e) { return e.damage.empty(); });
}

Task<Result<ObjectProof>> prove(s3::S3& s3, std::string bucket_name, std::string key,
                                std::optional<std::string> version_id) {
  constexpr int kAttemptsMax = 4;
  std::optional<s3::VersionId> version;
  if (version_id) {
    CO_TRY(version, s3::parse_version_id(*version_id));
  }
  for (int attempt = 1;; ++attempt) {
    const s3::BucketPtr bucket = s3.buckets().find(bucket_name);
    if (!bucket) co_return s3::no_such_bucket(bucket_name);
    CO_TRY(ObjectProof out, co_await prove_once(s3, bucket, key, version, version_id));
    if (out.sound() || attempt == kAttemptsMax) co_return out;
    CO_TRY(const auto now, co_await s3.index().find(bucket, key, version));
    const bool same = now && now->head.object_id == out.head.object_id &&
                      now->head.generation == out.head.generation;
    if (same) co_return out;
  }
}

std::string render(const ObjectProof& p, std::string_view bucket, std::string_view key) {
  const s3::Envelope& e = p.head.envelope;
  const unsigned layers = e.layers();
  std::string out = fmt::format("s3://{}/{}\n", bucket, key);
  if (p.head.has_version_id) out += fmt::format("  version      {}\n", s3::version_text(p.head));
  out += fmt::format(
      "  encryption   {}{}\n",
      e.algorithm == s3::Algorithm::kCustomer ? "SSE-C" : s3::algorithm_name(e.algorithm),
      layers == 2 ? ", two layers of AES-256-GCM" : ", AES-256-GCM");
  out += fmt::format("  opened by    {}\n", opened_by(e));
  if (!e.key_arn.empty()) out += fmt::format("  KMS key      {}\n", e.key_arn);
  out += fmt::format("  content      {} bytes in {} extents\n", p.head.bytes, p.extents.size());
  for (const ExtentProof& x : p.extents) {
    out += fmt::format("  extent {}  {}\n", hex(x.id.view()), x.place);
    out += fmt::format("    {} bytes of content, {} on disk: ciphertext, and {} tags of 16 bytes\n",
                       x.plain_bytes, x.sealed_bytes,
                       (crypto::sealed_bytes(x.plain_bytes, layers) - x.plain_bytes) / 16);
    out += fmt::format("    SHA-256 of the ciphertext {}\n", hex(x.computed.view()));
    out += fmt::format("    {:.3f} bits of entropy a byte; {}\n", x.entropy_bits,
                       x.damage.empty() ? "as the object's manifest seals it" : x.damage);
  }
  if (!p.damage.empty()) out += fmt::format("  DAMAGED: {}\n", p.damage);
  return out + (p.sound() ? "sound\n" : "damaged\n");
}

}  // namespace coffer::admin
