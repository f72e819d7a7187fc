#include "crypto/aead.h"

#include <thread>

#include "crypto/testing/vectors.h"

namespace coffer::crypto {
namespace {

Bytes sealed_of(const Secret& key, const Nonce& nonce, ByteView aad, ByteView plaintext) {
  Bytes out(plaintext.size() + kTagBytes, '\0');
  seal_into(key, nonce, aad, plaintext, out);
  return out;
}

std::optional<Bytes> opened_of(const Secret& key, const Nonce& nonce, ByteView aad,
                               ByteView sealed) {
  Bytes out(sealed.size() - kTagBytes, '?');
  if (open_into(key, nonce, aad, sealed, out)) return out;
  EXPECT_EQ(out, Bytes(out.size(), '\0'));
  return std::nullopt;
}

TEST(Aead, NistEncrypt) {
  const auto vectors = read_rsp("gcm_encrypt_256.rsp");
  EXPECT_EQ(vectors.size(), 125U);
  for (auto v : vectors) {
    const auto nonce = Nonce::from(unhexed(v["IV"]));
    EXPECT_EQ(hex(sealed_of(unhexed_secret(v["Key"]), nonce, unhexed(v["AAD"]), unhexed(v["PT"]))),
              v["CT"] + v["Tag"]);
  }
}

TEST(Aead, NistDecrypt) {
  size_t refused = 0;
  for (auto v : read_rsp("gcm_decrypt_256.rsp")) {
    const auto nonce = Nonce::from(unhexed(v["IV"]));
    auto opened =
        opened_of(unhexed_secret(v["Key"]), nonce, unhexed(v["AAD"]), unhexed(v["CT"] + v["Tag"]));
    EXPECT_EQ(opened.has_value(), !v.contains("FAIL"));
    if (opened) EXPECT_EQ(hex(*opened), v["PT"]);
    refused += !opened;
  }
  EXPECT_EQ(refused, 75U);
}

TEST(Aead, Wycheproof) {
  size_t run = 0;
  for_each_wycheproof("wycheproof_aes_gcm.json", [&](const auto& group, const auto& test) {
    if (group["keySize"] != 256 || group["ivSize"] != 96 || group["tagSize"] != 128) return;
    ++run;
    const Secret key = unhexed_secret(test["key"].template get<std::string>());
    const auto nonce = Nonce::from(unhexed(test["iv"].template get<std::string>()));
    const Bytes aad = unhexed(test["aad"].template get<std::string>());
    const Bytes plain = unhexed(test["msg"].template get<std::string>());
    const Bytes sealed =
        unhexed(test["ct"].template get<std::string>() + test["tag"].template get<std::string>());
    const bool valid = test["result"] == "valid";
    EXPECT_EQ(sealed_of(key, nonce, aad, plain) == sealed, valid);
    EXPECT_EQ(opened_of(key, nonce, aad, sealed), valid ? std::optional(plain) : std::nullopt);
  });
  EXPECT_GE(run, 60U);
}

TEST(Aead, InPlace) {
  SeededRandom random(1);
  const Secret key = secret_of(random.bytes(32));
  for (size_t n : {0, 1, 15, 16, 17, 1000, 65536}) {
    const Bytes plain = random.bytes(n);
    Bytes buffer = plain + Bytes(kTagBytes, '\0');
    seal_into(key, Nonce{}, "aad", ByteView(buffer).substr(0, n), buffer);
    EXPECT_EQ(buffer, sealed_of(key, Nonce{}, "aad", plain));
    ASSERT_TRUE(open_into(key, Nonce{}, "aad", buffer, MutableBytes(buffer).first(n)));
    EXPECT_EQ(buffer.substr(0, n), plain);
  }
}

TEST(Aead, AForgottenKeyDoesNotChangeTheNext) {
  SeededRandom random(2);
  const Secret a = secret_of(random.bytes(32)), b = secret_of(random.bytes(32));
  const Bytes by_a = seal(a, "x", "plain", random), by_b = seal(b, "x", "plain", random);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(open(a, "x", by_a), "plain");
    EXPECT_EQ(open(b, "x", by_a), std::nullopt);
    EXPECT_EQ(open(b, "x", by_b), "plain");
  }
}

TEST(Aead, RandomNonceForm) {
  SeededRandom random(3);
  const Secret key = secret_of(random.bytes(32));
  const Bytes sealed = seal(key, "aad", "plain", random);
  EXPECT_EQ(sealed.size(), 12 + 5 + 16U);
  EXPECT_NE(sealed, seal(key, "aad", "plain", random));
  EXPECT_EQ(open(key, "aad", sealed), "plain");
  EXPECT_EQ(open(key, "aae", sealed), std::nullopt);
  for (size_t n = 0; n < sealed.size(); ++n)
    EXPECT_EQ(open(key, "aad", sealed.substr(0, n)), std::nullopt);
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes other = sealed;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(open(key, "aad", other), std::nullopt) << bit;
  }
}

class CountingRandom : public Random {
 public:
  void fill(MutableBytes out) override {
    for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(i);
  }
};

TEST(Aead, DerivedForm) {
  CountingRandom counting;
  const Secret key = secret_of(counting.bytes(32));
  const Bytes sealed = seal_derived(key, "test label", "aad", "secret", counting);
  EXPECT_EQ(hex(sealed),
            "000102030405060708090a0b0c0d0e0f9464d5ea554d4c7c11234a910e99a535a517e69b0009");
  EXPECT_EQ(open_derived(key, "test label", "aad", sealed), "secret");
  EXPECT_EQ(open_derived(key, "test labe", "aad", sealed), std::nullopt);
  EXPECT_EQ(open_derived(key, "test label", "", sealed), std::nullopt);
  for (size_t n = 0; n < sealed.size(); ++n) {
    EXPECT_EQ(open_derived(key, "test label", "aad", sealed.substr(0, n)), std::nullopt);
    Bytes other = sealed;
    other[n] = static_cast<char>(other[n] ^ 1);
    EXPECT_EQ(open_derived(key, "test label", "aad", other), std::nullopt);
  }
}

TEST(Aead, Secrets) {
  SeededRandom random(4);
  const Secret key = secret_of(random.bytes(32));
  for (size_t n : {0, 1, 32, 5000}) {
    const Secret secret = secret_of(random.bytes(n));
    const Bytes wrapped = wrap_secret(key, "label", "aad", secret, random);
    EXPECT_EQ(wrapped.size(), n + 32);
    auto back = unwrap_secret(key, "label", "aad", wrapped);
    ASSERT_TRUE(back);
    EXPECT_TRUE(equal_ct(*back, secret));
    EXPECT_FALSE(unwrap_secret(key, "other", "aad", wrapped));
    EXPECT_FALSE(unwrap_secret(key, "label", "aaa", wrapped));
    EXPECT_FALSE(unwrap_secret(key, "label", "aad", wrapped.substr(1)));
  }
  EXPECT_FALSE(unwrap_secret(key, "label", "aad", Bytes((1 << 20) + 33, 'x')));
}

TEST(Aead, Threads) {
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      SeededRandom random(t);
      for (int i = 0; i < 300; ++i) {
        const Secret key = secret_of(random.bytes(32));
        const Bytes plain = random.bytes(random.u64() % 3000);
        EXPECT_EQ(open(key, "", seal(key, "", plain, random)), plain);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(Aead, WrongKeySizeIsOurMistake) {
  Bytes out(16, '\0');
  EXPECT_DEATH(seal_into(secret_of("short"), Nonce{}, "", "", out), "check_failed");
}

TEST(Mask, ComesBackUnderItsKeyAndContextAlone) {
  SeededRandom random(6);
  const Secret key = secret_of(std::string(32, 'k')), other = secret_of(std::string(32, 'o'));
  const Bytes value(32, 'v');
  const Bytes masked = mask(key, "label", "context", value, random);
  EXPECT_EQ(masked.size(), 48u);
  EXPECT_EQ(unmask(key, "label", "context", masked), value);
  EXPECT_NE(masked, mask(key, "label", "context", value, random));
  EXPECT_NE(unmask(other, "label", "context", masked), value);
  EXPECT_NE(unmask(key, "label", "other", masked), value);
  EXPECT_NE(unmask(key, "other", "context", masked), value);
  EXPECT_EQ(unmask(key, "label", "context", mask(key, "label", "context", "", random)), Bytes());
  EXPECT_FALSE(unmask(key, "label", "context", Bytes(15, 's')));
  EXPECT_FALSE(unmask(key, "label", "context", Bytes(49, 's')));
}

// docs/formats/object.md; made by Python's hmac.
TEST(Mask, GoldenBytes) {
  const Secret key =
      secret_of(*unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
  const Bytes object_id = *unhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  const Bytes masked = *unhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeafb3a9598a0b9716ff");
  EXPECT_EQ(hex(*unmask(key, "coffer checksum", object_id, masked)), "0102030405060708");
}

}  // namespace
}  // namespace coffer::crypto
