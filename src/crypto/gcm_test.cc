// Both implementations against NIST's vectors and against each other.
#include "crypto/gcm.h"

#include "crypto/testing/vectors.h"

namespace coffer::crypto {
namespace {

std::vector<const Gcm*> implementations() {
  std::vector<const Gcm*> out{&openssl_gcm()};
  if (ipsec_mb_gcm()) out.push_back(ipsec_mb_gcm());
  return out;
}

Bytes sealed_by(const Gcm& gcm, ByteView key, const Nonce& nonce, ByteView aad, ByteView plain) {
  Bytes out(plain.size() + kTagBytes, '?');
  gcm.seal(key, nonce, aad, plain, out.data(), out.data() + plain.size());
  return out;
}

std::optional<Bytes> opened_by(const Gcm& gcm, ByteView key, const Nonce& nonce, ByteView aad,
                               ByteView sealed) {
  Bytes out(sealed.size() - kTagBytes, '?');
  const ByteView tag = sealed.substr(out.size());
  if (gcm.open(key, nonce, aad, sealed.substr(0, out.size()), tag, out.data())) return out;
  return std::nullopt;
}

TEST(Gcm, NistVectors) {
  for (const Gcm* gcm : implementations()) {
    for (auto v : read_rsp("gcm_encrypt_256.rsp")) {
      const auto nonce = Nonce::from(unhexed(v["IV"]));
      EXPECT_EQ(hex(sealed_by(*gcm, unhexed(v["Key"]), nonce, unhexed(v["AAD"]), unhexed(v["PT"]))),
                v["CT"] + v["Tag"]);
    }
    for (auto v : read_rsp("gcm_decrypt_256.rsp")) {
      const auto nonce = Nonce::from(unhexed(v["IV"]));
      const auto opened =
          opened_by(*gcm, unhexed(v["Key"]), nonce, unhexed(v["AAD"]), unhexed(v["CT"] + v["Tag"]));
      EXPECT_EQ(opened.has_value(), !v.contains("FAIL"));
      if (opened) EXPECT_EQ(hex(*opened), v["PT"]);
    }
  }
}

TEST(Gcm, BothSayTheSame) {
  if (!ipsec_mb_gcm()) GTEST_SKIP() << "one implementation here";
  SeededRandom random(7);
  std::vector<size_t> sizes;
  for (size_t n = 0; n < 1100; n = n < 300 ? n + 1 : n + 13) sizes.push_back(n);
  for (size_t n : {4095, 4096, 4097, 65535, 65536, 65552, 1000000}) sizes.push_back(n);
  for (size_t n : sizes) {
    const Bytes key = random.bytes(32), aad = random.bytes(n % 70);
    const auto nonce = Nonce::from(random.bytes(kNonceBytes));
    const Bytes plain = random.bytes(n);
    const Bytes one = sealed_by(openssl_gcm(), key, nonce, aad, plain);
    EXPECT_EQ(one, sealed_by(*ipsec_mb_gcm(), key, nonce, aad, plain)) << n;
    EXPECT_EQ(opened_by(*ipsec_mb_gcm(), key, nonce, aad, one), plain) << n;

    Bytes in_place = " " + plain;  // at an odd address
    ipsec_mb_gcm()->seal(key, nonce, aad, ByteView(in_place).substr(1), in_place.data() + 1,
                         Bytes(kTagBytes, '\0').data());
    EXPECT_EQ(in_place.substr(1), one.substr(0, n)) << n;

    Bytes other = one;
    const size_t bit = random.u64() % (other.size() * 8);
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(opened_by(*ipsec_mb_gcm(), key, nonce, aad, other), std::nullopt) << n;
  }
}

}  // namespace
}  // namespace coffer::crypto
