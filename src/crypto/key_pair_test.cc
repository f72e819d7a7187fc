#include "crypto/key_pair.h"

#include <openssl/core_names.h>
#include <openssl/x509.h>

#include "crypto/mac.h"
#include "crypto/testing/vectors.h"

namespace coffer::crypto {
namespace {

Hash hash_named(std::string_view name) {
  if (name == "SHA1") return Hash::kSha1;
  if (name == "SHA224") return Hash::kSha224;
  if (name == "SHA256") return Hash::kSha256;
  return name == "SHA384" ? Hash::kSha384 : Hash::kSha512;
}

SignatureScheme scheme_named(std::string_view name) {
  if (name == "ECDSA") return SignatureScheme::kEcdsa;
  return name == "PSS" ? SignatureScheme::kPss : SignatureScheme::kPkcs1;
}

TEST(KeyPair, SignaturesOfNist) {
  size_t good = 0, bad = 0;
  for (const auto& v : read_rsp("signatures.rsp")) {
    const Hash hash = hash_named(v.at("Hash"));
    const bool valid = v.at("Result").starts_with('P');
    EXPECT_EQ(verify_digest(unhexed(v.at("PublicKey")), scheme_named(v.at("Scheme")), hash,
                            digest(hash, unhexed(v.at("Msg"))), unhexed(v.at("Signature"))),
              valid)
        << v.at("Scheme") << " " << v.at("Result");
    ++(valid ? good : bad);
  }
  EXPECT_EQ(good, 29U);
  EXPECT_EQ(bad, 48U);
}

TEST(KeyPair, AgreementsOfNist) {
  size_t good = 0, bad = 0;
  for (const auto& v : read_rsp("ecdh.rsp")) {
    auto shared = agree(unhexed_secret(v.at("PrivateKey")), unhexed(v.at("PublicKey")));
    const bool off_the_curve =
        v.at("Result").starts_with("F (1") || v.at("Result").starts_with("F (2");
    EXPECT_EQ(shared.has_value(), !off_the_curve) << v.at("Result");
    if (!shared) continue;
    const bool same = digest(hash_named(v.at("Hash")), read_key(*shared)) == unhexed(v.at("ZHash"));
    EXPECT_EQ(same, v.at("Result").starts_with('P')) << v.at("Result");
    ++(same ? good : bad);
  }
  EXPECT_EQ(good, 54U);
  EXPECT_EQ(bad, 6U);
}

TEST(KeyPair, OaepOfPkcs1) {
  const auto vectors = read_rsp("oaep.rsp");
  EXPECT_EQ(vectors.size(), 30U);
  for (const auto& v : vectors) {
    const Secret key = unhexed_secret(v.at("PrivateKey"));
    const Hash hash = hash_named(v.at("Hash"));
    Bytes ciphertext = unhexed(v.at("Ciphertext"));
    auto opened = oaep_decrypt(key, hash, ciphertext);
    ASSERT_TRUE(opened);
    EXPECT_EQ(hex_of(*opened), v.at("Msg"));
    EXPECT_FALSE(oaep_decrypt(key, Hash::kSha384, ciphertext));
    ciphertext.back() = static_cast<char>(ciphertext.back() ^ 1);
    EXPECT_FALSE(oaep_decrypt(key, hash, ciphertext));
    EXPECT_FALSE(oaep_decrypt(key, hash, ciphertext.substr(1)));
  }
}

TEST(KeyPair, HmacOfRfc4231) {
  const auto vectors = read_rsp("hmac_rfc4231.rsp");
  EXPECT_EQ(vectors.size(), 18U);
  for (const auto& v : vectors) {
    const Bytes mac =
        hmac(hash_named(v.at("Hash")), unhexed_secret(v.at("Key")), unhexed_secret(v.at("Msg")));
    EXPECT_EQ(hex(mac), v.at("MD"));
  }
}

struct Made {
  KeyPairType type;
  SignatureScheme scheme;
  Hash hash;
};
constexpr Made kMade[] = {
    {KeyPairType::kRsa2048, SignatureScheme::kPss, Hash::kSha256},
    {KeyPairType::kRsa2048, SignatureScheme::kPss, Hash::kSha512},
    {KeyPairType::kRsa2048, SignatureScheme::kPkcs1, Hash::kSha384},
    {KeyPairType::kP256, SignatureScheme::kEcdsa, Hash::kSha256},
    {KeyPairType::kP384, SignatureScheme::kEcdsa, Hash::kSha384},
    {KeyPairType::kP521, SignatureScheme::kEcdsa, Hash::kSha512},
    {KeyPairType::kSecp256k1, SignatureScheme::kEcdsa, Hash::kSha256},
};

TEST(KeyPair, SignsWhatItVerifies) {
  for (const Made& made : kMade) {
    const Secret key = generate_private_key(made.type);
    const Bytes spki = public_key_of(key), text = digest(made.hash, "text");
    Bytes signature = sign_digest(key, made.scheme, made.hash, text);
    EXPECT_TRUE(verify_digest(spki, made.scheme, made.hash, text, signature));
    EXPECT_FALSE(verify_digest(spki, made.scheme, made.hash, digest(made.hash, "test"), signature));
    EXPECT_FALSE(verify_digest(spki + '\0', made.scheme, made.hash, text, signature));
    EXPECT_FALSE(verify_digest("", made.scheme, made.hash, text, signature));
    EXPECT_FALSE(verify_digest(spki, made.scheme, made.hash, text, ""));
    for (SignatureScheme other :
         {SignatureScheme::kPss, SignatureScheme::kPkcs1, SignatureScheme::kEcdsa})
      EXPECT_EQ(verify_digest(spki, other, made.hash, text, signature), other == made.scheme);
    signature[signature.size() / 2] = static_cast<char>(signature[signature.size() / 2] ^ 1);
    EXPECT_FALSE(verify_digest(spki, made.scheme, made.hash, text, signature));
  }
}

TEST(KeyPair, BothSidesAgreeOnTheSameCurveAlone) {
  const Secret a = generate_private_key(KeyPairType::kP256),
               b = generate_private_key(KeyPairType::kP256),
               other = generate_private_key(KeyPairType::kP384);
  auto one = agree(a, public_key_of(b)), two = agree(b, public_key_of(a));
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->size(), 32U);
  EXPECT_TRUE(equal_ct(*one, *two));
  EXPECT_FALSE(agree(a, public_key_of(other)));
  EXPECT_FALSE(agree(a, public_key_of(generate_private_key(KeyPairType::kSecp256k1))));
  EXPECT_FALSE(agree(a, public_key_of(generate_private_key(KeyPairType::kRsa2048))));
  EXPECT_FALSE(agree(a, ""));
  EXPECT_FALSE(agree(a, "no key"));
}

TEST(KeyPair, ACurveWrittenOutIsRefused) {
  const Secret own = generate_private_key(KeyPairType::kP256);
  OpensslPtr<EVP_PKEY, EVP_PKEY_free> peer(EVP_EC_gen("P-256"));
  auto spki = [&] {
    Bytes out(static_cast<size_t>(i2d_PUBKEY(peer.get(), nullptr)), '\0');
    uint8_t* at = octets(MutableBytes(out));
    i2d_PUBKEY(peer.get(), &at);
    return out;
  };
  auto set = [&](const char* name, const char* value) {
    EXPECT_EQ(EVP_PKEY_set_utf8_string_param(peer.get(), name, value), 1);
  };
  EXPECT_TRUE(agree(own, spki()));
  set(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed");
  EXPECT_TRUE(agree(own, spki()));
  set(OSSL_PKEY_PARAM_EC_ENCODING, "explicit");
  EXPECT_FALSE(agree(own, spki())) << spki().size();
}

TEST(KeyPair, OaepTakesWhatFits) {
  const Secret key = generate_private_key(KeyPairType::kRsa2048);
  const Bytes spki = public_key_of(key);
  for (auto [hash, max] : {std::pair{Hash::kSha1, 214}, {Hash::kSha256, 190}}) {
    const Secret longest(static_cast<size_t>(max)), longer(static_cast<size_t>(max) + 1);
    auto sealed = oaep_encrypt(spki, hash, longest);
    ASSERT_TRUE(sealed);
    EXPECT_TRUE(equal_ct(*oaep_decrypt(key, hash, *sealed), longest));
    EXPECT_FALSE(oaep_encrypt(spki, hash, longer));
  }
  EXPECT_FALSE(
      oaep_encrypt(public_key_of(generate_private_key(KeyPairType::kP256)), Hash::kSha1, key));
}

}  // namespace
}  // namespace coffer::crypto
