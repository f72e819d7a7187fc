// Keys with a key pair and HMAC keys, as the service makes and keeps them.
#include "kms/asymmetric.h"

#include "crypto/key_pair.h"
#include "kms/grants.h"
#include "kms/key_spec.h"
#include "kms/testing/fixture.h"

namespace coffer::kms {
namespace {

class AsymmetricTest : public KmsFixture {
 protected:
  KeyPtr create_of(std::string spec, std::string_view usage) {
    return create({.spec = std::move(spec), .usage = std::string(usage)});
  }
  static Bytes digest(std::string_view algorithm, std::string_view message) {
    return must(digest_to_sign(algorithm, "RAW", secret(message)));
  }
};

TEST(KeySpecs, CombineAsAtAws) {
  EXPECT_TRUE(suite_of("RSA_4096", kSignVerify) && suite_of("RSA_4096", kEncryptDecrypt));
  EXPECT_FALSE(suite_of("RSA_4096", kKeyAgreement));
  EXPECT_TRUE(suite_of("ECC_NIST_P384", kKeyAgreement));
  EXPECT_FALSE(suite_of("ECC_SECG_P256K1", kKeyAgreement));
  EXPECT_FALSE(suite_of("SYMMETRIC_DEFAULT", kSignVerify) || suite_of("HMAC_256", kSignVerify));
  Key key;
  key.spec = "RSA_2048";
  EXPECT_EQ(algorithms_of(key),
            (std::vector<std::string>{"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"}));
  key.usage = kSignVerify;
  EXPECT_EQ(algorithms_of(key).size(), 6u);
  EXPECT_EQ(check_usage(key, kEncryptDecrypt, "Encrypt").error().message,
            key.arn() + " key usage is SIGN_VERIFY which is not valid for Encrypt.");
  EXPECT_EQ(check_algorithm(key, "ECDSA_SHA_256").error().message,
            "Algorithm ECDSA_SHA_256 is incompatible with key spec RSA_2048.");
}

TEST_F(AsymmetricTest, KeysOutliveARestartAndAnEpoch) {
  const KeyPtr rsa = create_of("RSA_2048", kEncryptDecrypt),
               ec = create_of("ECC_NIST_P384", kSignVerify),
               hmac = create_of("HMAC_384", kGenerateVerifyMac);
  const Bytes sealed = encrypt_rsa(*rsa, "RSAES_OAEP_SHA_256", secret("hello"));
  const Bytes signature = sign(*ec, "ECDSA_SHA_384", digest("ECDSA_SHA_384", "text"));
  const Bytes mac = generate_mac(*hmac, "HMAC_SHA_384", secret("text"));
  must(sync_wait(kms_->close_epoch()));
  restart();
  EXPECT_EQ(text(must(decrypt_rsa(*now(rsa), "RSAES_OAEP_SHA_256", sealed))), "hello");
  must(verify(*now(ec), "ECDSA_SHA_384", digest("ECDSA_SHA_384", "text"), signature));
  must(verify_mac(*now(hmac), "HMAC_SHA_384", secret("text"), mac));
  EXPECT_EQ(refusal(decrypt_rsa(*now(rsa), "RSAES_OAEP_SHA_1", sealed)),
            "InvalidCiphertextException: ");
  EXPECT_EQ(refusal(verify(*now(ec), "ECDSA_SHA_384", digest("ECDSA_SHA_384", "t"), signature)),
            "KMSInvalidSignatureException: ");
  EXPECT_EQ(refusal(verify_mac(*now(hmac), "HMAC_SHA_384", secret("text"), mac.substr(1))),
            "KMSInvalidMacException: ");
}

TEST_F(AsymmetricTest, TheStoreHoldsNoPrivateKeyInClear) {
  const KeyPtr key = create_of("ECC_NIST_P256", kSignVerify);
  const std::string der = text(*key->current().opened);
  for (const auto& row : rows_of(kAccount))
    EXPECT_EQ(row.value.find(der.substr(der.size() / 2, 16)), std::string::npos) << row.key;
}

TEST_F(AsymmetricTest, DigestsHaveTheirAlgorithmsLength) {
  EXPECT_EQ(must(digest_to_sign("ECDSA_SHA_256", "DIGEST", Secret(32))), Bytes(32, '\0'));
  EXPECT_EQ(refusal(digest_to_sign("RSASSA_PSS_SHA_256", "DIGEST", Secret(20))),
            "ValidationException: Digest is invalid length for algorithm RSASSA_PSS_SHA_256.");
}

TEST_F(AsymmetricTest, TheyNeitherRotateNorMakeDataKeys) {
  const KeyPtr rsa = create_of("RSA_2048", kEncryptDecrypt),
               hmac = create_of("HMAC_256", kGenerateVerifyMac);
  for (const KeyPtr& key : {rsa, hmac}) {
    EXPECT_EQ(refusal(change(key->id, [](Key& k) { return enable_rotation(k, 365, 0); })),
              "UnsupportedOperationException: ");
    EXPECT_EQ(refusal(sync_wait(kms_->rotate(target(key->id), RotationKind::kOnDemand, nullptr))),
              "UnsupportedOperationException: ");
  }
  auto s3 = through_s3(root());
  EXPECT_EQ(refusal(sync_wait(kms_->generate_data_key(s3, rsa->id, {}))),
            "InvalidKeyUsageException: Algorithm SYMMETRIC_DEFAULT is incompatible with key spec "
            "RSA_2048.");
  EXPECT_EQ(refusal(sync_wait(kms_->generate_data_key(s3, hmac->id, {}))),
            "InvalidKeyUsageException: " + hmac->arn() +
                " key usage is GENERATE_VERIFY_MAC which is not valid for GenerateDataKey.");
  // A blob that claims to be such a key's leads to none.
  Key lie = *rsa;
  lie.spec = kSymmetricSpec;
  const Bytes forged = seal_blob(lie, {}, secret("x"), random_);
  EXPECT_EQ(refusal(open_blob(*rsa, {}, forged)), "InvalidCiphertextException: ");
  EXPECT_FALSE(must(kms_->find_by_ciphertext(root(), forged)).key);
}

TEST_F(AsymmetricTest, GrantsAndAliasesFitTheKind) {
  const KeyPtr rsa = create_of("RSA_2048", kSignVerify),
               ec = create_of("ECC_NIST_P256", kSignVerify),
               hmac = create_of("HMAC_256", kGenerateVerifyMac);
  GrantRecord grant;
  grant.operations = {"GetPublicKey", "Sign"};
  EXPECT_TRUE(check_grant(*rsa, grant).ok());
  EXPECT_FALSE(check_grant(*hmac, grant).ok());
  EXPECT_FALSE(check_grant(*create(), grant).ok());
  grant.constraint = authz::Grant::Constraint::kContextEquals;
  EXPECT_FALSE(check_grant(*rsa, grant).ok());
  const Alias known = must(alias("alias/a", rsa));
  auto d = draft("UpdateAlias");
  must(sync_wait(kms_->update_alias(target(ec->id), known, d)));
  auto again = draft("UpdateAlias");
  EXPECT_THAT(refusal(sync_wait(kms_->update_alias(
                  target(hmac->id), *kms_->find_alias(kAccount, kRegion, "alias/a"), again))),
              testing::HasSubstr("ValidationException"));
}

TEST_F(AsymmetricTest, MultiRegionKeysAreNamedSo) {
  const KeyPtr key = create({.multi_region = true});
  EXPECT_THAT(key->id, testing::MatchesRegex("mrk-[0-9a-f]+"));
  EXPECT_TRUE(is_key_id(key->id));
  const Bytes blob = seal_blob(*key, {}, secret("x"), random_);
  restart();
  EXPECT_EQ(text(must(open_blob(*now(key), {}, blob)).plaintext), "x");
}

}  // namespace
}  // namespace coffer::kms
