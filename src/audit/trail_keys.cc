#include "audit/trail_keys.h"

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/digest.h"
#include "crypto/key_pair.h"

namespace coffer::audit {
namespace {

constexpr uint8_t kVersion = 1;
constexpr int64_t kValidMs = 10ll * 365 * 24 * 3600 * 1000;
constexpr std::string_view kPrefix = "k/";
const store::Partition kPartition{"trails"};

std::string aad_of(std::string_view name) { return fmt::format("trail key\n{}", name); }

// Der reads one element after the other. Source: ITU-T X.690, 8.1.
struct Der {
  ByteView left;
  // next answers the contents of the next element, which must have this tag.
  std::optional<ByteView> next(uint8_t tag) {
    if (left.size() < 2 || static_cast<uint8_t>(left[0]) != tag) return std::nullopt;
    size_t length = static_cast<uint8_t>(left[1]), head = 2;
    if (length >= 0x80) {
      const size_t bytes = length & 0x7f;
      if (bytes == 0 || bytes > 3 || left.size() < 2 + bytes) return std::nullopt;
      length = 0;
      for (size_t i = 0; i < bytes; ++i) length = length << 8 | static_cast<uint8_t>(left[2 + i]);
      head += bytes;
    }
    if (left.size() < head + length) return std::nullopt;
    const ByteView out = left.substr(head, length);
    left.remove_prefix(head + length);
    return out;
  }
};

PublicKey public_key(Bytes der, UnixMs begins_ms) {
  PublicKey out{.der = std::move(der), .fingerprint = {}, .begins_ms = begins_ms};
  out.fingerprint = hex(crypto::digest(crypto::Hash::kMd5, out.der));
  out.ends_ms = begins_ms + kValidMs;
  return out;
}

}  // namespace

std::optional<Bytes> pkcs1_of(ByteView info) {
  Der outer{info};
  const auto whole = outer.next(0x30);
  if (!whole || !outer.left.empty()) return std::nullopt;
  Der inner{*whole};
  if (!inner.next(0x30)) return std::nullopt;
  const auto bits = inner.next(0x03);
  if (!bits || bits->size() < 2 || bits->front() != 0) return std::nullopt;
  const Bytes out(bits->substr(1));
  Der key{out};
  if (!key.next(0x30) || !key.left.empty()) return std::nullopt;
  return out;
}

Result<TrailKeys::KeyPtr> TrailKeys::open_row(const std::string& name, ByteView row) const {
  Reader r(row);
  const uint8_t version = r.u8();
  const auto begins_ms = static_cast<UnixMs>(r.u64());
  const Bytes der = r.str(), wrapped = r.str();
  if (version != kVersion || !r.done()) return internal_error("a trail key's row: malformed");
  auto out = std::make_shared<Key>();
  TRY(out->private_key, keys_.unwrap(seal::Series::kAudit, aad_of(name), wrapped));
  const auto held = pkcs1_of(crypto::public_key_of(out->private_key));
  if (!held || *held != der) return internal_error("a trail key's row: another public key");
  out->key = public_key(der, begins_ms);
  return KeyPtr(std::move(out));
}

Task<Status> TrailKeys::load() {
  CO_TRY(store::Page page, co_await meta_.scan(kPartition, store::prefix_range(kPrefix), {}));
  std::vector<KeyPtr> known;
  for (const store::Row& row : page.rows) {
    CO_TRY(KeyPtr key, open_row(row.key, row.value));
    known.push_back(std::move(key));
  }
  std::lock_guard lock(mutex_);
  known_ = std::move(known);
  co_return ok_status();
}

void TrailKeys::clear() {
  std::lock_guard lock(mutex_);
  known_.clear();
}

std::vector<PublicKey> TrailKeys::public_keys() const {
  std::lock_guard lock(mutex_);
  std::vector<PublicKey> out;
  for (const KeyPtr& key : known_) out.push_back(key->key);
  return out;
}

Task<Result<TrailKeys::KeyPtr>> TrailKeys::key_for_use() {
  const UnixMs now = clock_.business_ms();
  {
    std::lock_guard lock(mutex_);
    if (!known_.empty() && now < known_.back()->key.ends_ms) co_return known_.back();
  }
  Secret made = co_await offload(
      pool_, [] { return crypto::generate_private_key(crypto::KeyPairType::kRsa2048); });
  const auto der = pkcs1_of(crypto::public_key_of(made));
  CHECK(der.has_value());
  const std::string name = fmt::format("{}{:016x}", kPrefix, now);
  const Bytes wrapped = keys_.wrap(seal::Series::kAudit, aad_of(name), made);
  store::Batch batch{.in = kPartition};
  batch.expect.push_back({name, std::nullopt});
  batch.puts.push_back(
      {name,
       Writer().u8(kVersion).u64(static_cast<uint64_t>(now)).bytes(*der).bytes(wrapped).take()});
  const store::Commit outcome = co_await meta_.commit(std::move(batch));
  // Another request made one at the same time, or this one's outcome is unknown: the rows tell.
  if (outcome != store::Commit::kDone && outcome != store::Commit::kConflict &&
      outcome != store::Commit::kUnknown)
    co_return store::error_of(outcome);
  CO_TRY_OK(co_await load());
  std::lock_guard lock(mutex_);
  if (known_.empty()) co_return internal_error("a trail key was not kept");
  co_return known_.back();
}

bool TrailKeys::verify(std::string_view fingerprint, std::string_view text,
                       ByteView signature) const {
  KeyPtr found;
  {
    std::lock_guard lock(mutex_);
    for (const KeyPtr& key : known_)
      if (key->key.fingerprint == fingerprint) found = key;
  }
  return found && crypto::verify_digest(crypto::public_key_of(found->private_key),
                                        crypto::SignatureScheme::kPkcs1, crypto::Hash::kSha256,
                                        crypto::sha256(text).view(), signature);
}

Task<Result<PublicKey>> TrailKeys::current() {
  CO_TRY(const KeyPtr key, co_await key_for_use());
  co_return key->key;
}

Task<Result<Bytes>> TrailKeys::sign(std::string text) {
  CO_TRY(const KeyPtr key, co_await key_for_use());
  co_return co_await offload(pool_, [key, text = std::move(text)]() -> Result<Bytes> {
    return crypto::sign_digest(key->private_key, crypto::SignatureScheme::kPkcs1,
                               crypto::Hash::kSha256, crypto::sha256(text).view());
  });
}

}  // namespace coffer::audit
