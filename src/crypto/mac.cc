#include "crypto/mac.h"

#include <cstring>

#include "crypto/sha256.h"

namespace coffer::crypto {
namespace {

constexpr size_t kBlockBytes = 64;

// HmacKey is FIPS 198-1 with the key's two blocks hashed once.
template <class Hash>
class HmacKey {
 public:
  using Value = typename Hash::Value;

  explicit HmacKey(ByteView key) {
    FixedBytes<kBlockBytes> block{};
    if (key.size() > kBlockBytes) {
      Value hashed;
      Hash().update(key).finish(hashed);
      std::memcpy(block.data(), hashed.data(), hashed.size());
      wipe(hashed.data(), hashed.size());
    } else if (!key.empty()) {
      std::memcpy(block.data(), key.data(), key.size());
    }
    for (auto& byte : block) byte ^= 0x36;
    inner_.update(block.view());
    for (auto& byte : block) byte ^= 0x36 ^ 0x5c;
    outer_.update(block.view());
    wipe(block.data(), block.size());
  }

  template <class... Parts>
  void mac(Value& out, const Parts&... parts) const {
    Hash inner = inner_, outer = outer_;
    (inner.update(parts), ...);
    inner.finish(out);
    outer.update(out.view()).finish(out);
  }

 private:
  Hash inner_, outer_;
};

FixedBytes<4> big_endian(uint32_t v) {
  FixedBytes<4> out;
  for (int i = 0; i < 4; ++i) out[i] = static_cast<uint8_t>(v >> (24 - 8 * i));
  return out;
}

// expand is SP 800-108r1 section 4.1; `fixed` is what follows the counter.
template <class... Parts>
Secret expand(const Secret& key, size_t size, const Parts&... fixed) {
  constexpr size_t kBytesMax = 255 * sizeof(Hash256);
  CHECK(size >= 1 && size <= kBytesMax);
  const HmacKey<Sha256> mac(read_key(key));
  Secret out(size);
  MutableBytes left = write_key(out);
  Hash256 block;
  for (uint32_t counter = 1; !left.empty(); ++counter) {
    mac.mac(block, big_endian(counter).view(), fixed...);
    const size_t n = std::min(left.size(), block.size());
    std::memcpy(left.data(), block.data(), n);
    left = left.subspan(n);
  }
  wipe(block.data(), block.size());
  return out;
}

}  // namespace

Hash256 hmac_sha256(const Secret& key, ByteView data) {
  Hash256 out;
  HmacKey<Sha256>(read_key(key)).mac(out, data);
  return out;
}

FixedBytes<20> hmac_sha1(const Secret& key, ByteView data) {
  FixedBytes<20> out;
  HmacKey<Sha1>(read_key(key)).mac(out, data);
  return out;
}

Bytes hmac(Hash hash, const Secret& key, const Secret& data) {
  const EVP_MD* md = fetch_digest(hash);
  Bytes out(static_cast<size_t>(EVP_MD_get_size(md)), '\0');
  const ByteView k = read_key(key), text = read_key(data);
  size_t size = 0;
  CHECK(EVP_Q_mac(nullptr, "HMAC", nullptr, EVP_MD_get0_name(md), nullptr, k.data(), k.size(),
                  octets(text), text.size(), octets(MutableBytes(out)), out.size(),
                  &size) != nullptr);
  return out;
}

Secret kdf(const Secret& key, std::string_view label, ByteView context, size_t size) {
  const auto bits = big_endian(static_cast<uint32_t>(size * 8));
  return expand(key, size, label, ByteView("\0", 1), context, bits.view());
}

Secret kdf_fixed_input(const Secret& key, ByteView fixed_input, size_t size) {
  return expand(key, size, fixed_input);
}

Secret sigv4_signing_key(const Secret& secret_access_key, std::string_view date,
                         std::string_view region, std::string_view service) {
  constexpr std::string_view kPrefix = "AWS4";
  Secret first(kPrefix.size() + secret_access_key.size());
  MutableBytes bytes = write_key(first);
  std::memcpy(bytes.data(), kPrefix.data(), kPrefix.size());
  ByteView given = read_key(secret_access_key);
  if (!given.empty()) std::memcpy(bytes.data() + kPrefix.size(), given.data(), given.size());

  Hash256 step;
  HmacKey<Sha256>(read_key(first)).mac(step, date);
  for (std::string_view part : {region, service, std::string_view("aws4_request")}) {
    HmacKey<Sha256>(step.view()).mac(step, part);
  }
  Secret out = Secret::copy_of(step.view());
  wipe(step.data(), step.size());
  return out;
}

}  // namespace coffer::crypto
