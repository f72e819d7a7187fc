#include "crypto/mac.h"

#include "crypto/passphrase.h"
#include "crypto/testing/vectors.h"

namespace coffer::crypto {
namespace {

std::string hmac_hex(const Vector& v) {
  return hex(hmac_sha256(unhexed_secret(v.at("Key")), unhexed(v.at("Msg"))).view());
}

TEST(Hmac, Rfc4231) {
  const auto vectors = read_rsp("hmac_sha256_rfc4231.rsp");
  EXPECT_EQ(vectors.size(), 6U);
  for (const auto& v : vectors) EXPECT_EQ(hmac_hex(v), v.at("MD"));
}

// Source: RFC 2202 section 3; S3 User Guide, "Signing and authenticating REST requests" (the query
// string example).
TEST(Hmac, Sha1) {
  const auto mac = [](std::string_view key, ByteView message) {
    return hmac_sha1(Secret::copy_of(key), message);
  };
  EXPECT_EQ(hex(mac("Jefe", "what do ya want for nothing?").view()),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hex(mac(std::string(80, '\xaa'),
                    "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data")
                    .view()),
            "e8e99d0f45237d786d6bbaa7965c7808bbff1a91");
  EXPECT_EQ(base64(mac("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                       "GET\n\n\n1175139620\n/johnsmith/photos/puppy.jpg")
                       .view()),
            "NpgCjnDzrM+WFzoENXmpNDUsSn8=");
}

TEST(Hmac, Wycheproof) {
  size_t run = 0;
  for_each_wycheproof("wycheproof_hmac_sha256.json", [&](const auto& group, const auto& test) {
    const size_t tag_bytes = group["tagSize"].template get<size_t>() / 8;
    const Bytes tag = unhexed(test["tag"].template get<std::string>());
    const Secret key = unhexed_secret(test["key"].template get<std::string>());
    const Hash256 mac = hmac_sha256(key, unhexed(test["msg"].template get<std::string>()));
    EXPECT_EQ(equal_ct(mac.view().substr(0, tag_bytes), tag), test["result"] == "valid");
    ++run;
  });
  EXPECT_EQ(run, 174U);
}

TEST(Kdf, NistCounterMode) {
  const auto vectors = read_rsp("kdf_ctr_hmac_sha256.rsp");
  EXPECT_EQ(vectors.size(), 40U);
  for (auto v : vectors) {
    const size_t bytes = *parse_uint(v["L"]) / 8;
    EXPECT_EQ(hex_of(kdf_fixed_input(unhexed_secret(v["KI"]), unhexed(v["FixedInputData"]), bytes)),
              v["KO"]);
  }
}

TEST(Kdf, FixedInputIsLabelZeroContextBits) {
  Bytes key_bytes;
  for (int i = 0; i < 32; ++i) key_bytes.push_back(static_cast<char>(i));
  const Secret key = secret_of(key_bytes);
  EXPECT_EQ(hex_of(kdf(key, "label", "context", 80)),
            "793c8c6322234b76061bb6be858d899cf6c2cf3a2cf075f22bed2b8a17d10ff1cd9a6cdfd6c0f4bcaea6f6"
            "700b4decc8cb28a019968a859f4e2d4ec8c686dbd5a33e6943413e3db9b6c04a28022f936e");
  using namespace std::string_literals;
  for (size_t size : {1, 31, 32, 33, 64, 255 * 32}) {
    const auto bits = static_cast<uint32_t>(size * 8);
    Bytes fixed = "label\0context"s;
    for (int shift = 24; shift >= 0; shift -= 8) fixed.push_back(static_cast<char>(bits >> shift));
    const Secret out = kdf(key, "label", "context", size);
    EXPECT_EQ(out.size(), size);
    EXPECT_TRUE(equal_ct(out, kdf_fixed_input(key, fixed, size)));
  }
  EXPECT_FALSE(equal_ct(kdf(key, "labe", "lcontext"), kdf(key, "label", "context")));
  EXPECT_DEATH(kdf(key, "label", "", 0), "check_failed");
  EXPECT_DEATH(kdf(key, "label", "", 255 * 32 + 1), "check_failed");
}

TEST(Sigv4, PublishedSigningKey) {  // AWS General Reference, "Deriving the signing key"
  const Secret secret = secret_of("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  EXPECT_EQ(hex_of(sigv4_signing_key(secret, "20150830", "us-east-1", "iam")),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

TEST(Passphrase, Rfc7914) {  // section 12, third vector; ours are its first 32 bytes
  auto out = stretch_passphrase(secret_of("pleaseletmein"), "SodiumChloride", 14);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(hex_of(*out), "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

TEST(Passphrase, Bounds) {
  EXPECT_FALSE(stretch_passphrase(secret_of("p"), "salt", 13).ok());
  EXPECT_FALSE(stretch_passphrase(secret_of("p"), "salt", 21).ok());
  EXPECT_TRUE(stretch_passphrase(Secret(), "", 14).ok());
  EXPECT_TRUE(stretch_passphrase(secret_of("p"), "salt", 15).ok());
}

}  // namespace
}  // namespace coffer::crypto
