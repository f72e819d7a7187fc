// The operations of KMS as a client speaks them: JSON in, JSON or an error out, authorized by the
// caller's policies and the key's.
#include "api/op.h"
#include "kms/testing/fixture.h"

namespace coffer::api {

namespace {

using kms::kAccount;
using kms::kOther;
using kms::kRegion;
using testing::HasSubstr;

const OpEntry& entry_of(std::string_view name) {
  for (const OpEntry* entry : operations())
    if (entry->spec.service == Service::kKms && entry->spec.name == name) return *entry;
  std::abort();
}

// JsonCall is a call whose request and answer are JSON text.
class JsonCall : public Call {
 public:
  using Call::Call;
  std::string document, answer;
  Status decode(protocol::Shape shape, void* into) override {
    return protocol::decode_json(document, shape, into);
  }
  Result<Unit> encode(protocol::Shape shape, const void* from) override {
    answer = protocol::encode_json(shape, from);
    return Unit{};
  }
};

class KmsOpsTest : public kms::KmsFixture {
 protected:
  KmsOpsTest() {
    services_.kms = kms_.get();
    services_.clock = &clock_;
    services_.region = kRegion;
  }
  // ask answers the response's JSON, or "Code: message".
  std::string ask(const std::string& operation, std::string document,
                  std::optional<authz::RequestContext> by = std::nullopt) {
    authz::RequestContext caller = by ? *by : root();
    audit::Draft draft(*log_, audit::begin_event(caller, "kms.amazonaws.com", operation));
    net::Request request;
    JsonCall call(services_, request, caller, draft, authz::DenialStyle::kKms);
    call.document = std::move(document);
    auto done = sync_wait(entry_of(operation).handle(call));
    last_ = draft.event;
    return done.ok() ? call.answer : done.error().code + ": " + done.error().message;
  }
  static std::string member(const std::string& json, const std::string& name) {
    const size_t at = json.find("\"" + name + "\":\"");
    if (at == json.npos) return "";
    const size_t from = at + name.size() + 4;
    return json.substr(from, json.find('"', from) - from);
  }
  std::string new_key() { return member(ask("CreateKey", "{}"), "KeyId"); }
  static std::string with_key(const std::string& id, const std::string& rest = "") {
    return R"({"KeyId":")" + id + "\"" + (rest.empty() ? "" : "," + rest) + "}";
  }

  Services services_;
  audit::Event last_;
};

TEST_F(KmsOpsTest, MetadataOfANewKey) {
  const std::string made =
      ask("CreateKey", R"({"Description":"d","Tags":[{"TagKey":"a","TagValue":"b"}]})");
  for (const char* part :
       {R"("KeyState":"Enabled")", R"("Enabled":true)", R"("KeyManager":"CUSTOMER")",
        R"("KeyUsage":"ENCRYPT_DECRYPT")", R"("KeySpec":"SYMMETRIC_DEFAULT")",
        R"("EncryptionAlgorithms":["SYMMETRIC_DEFAULT"])", R"("MultiRegion":false)",
        R"("CreationDate":1700000000)"})
    EXPECT_THAT(made, HasSubstr(part));
  const std::string id = member(made, "KeyId");
  EXPECT_THAT(ask("DescribeKey", with_key(id)), HasSubstr(member(made, "CurrentKeyMaterialId")));
  EXPECT_EQ(ask("ListResourceTags", with_key(id)),
            R"({"Tags":[{"TagKey":"a","TagValue":"b"}],"Truncated":false})");
  EXPECT_THAT(ask("ListKeys", "{}"), HasSubstr(id));
  EXPECT_EQ(ask("ListKeyPolicies", with_key(id)),
            R"({"PolicyNames":["default"],"Truncated":false})");
}

TEST_F(KmsOpsTest, WhatCreateKeyRefuses) {
  EXPECT_EQ(ask("CreateKey", R"({"KeySpec":"RSA_2048"})"),
            "ValidationException: You must specify a KeyUsage value for all KMS keys except for "
            "symmetric encryption keys.");
  EXPECT_EQ(ask("CreateKey", R"({"KeySpec":"RSA_2048","KeyUsage":"KEY_AGREEMENT"})"),
            "ValidationException: KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048");
  EXPECT_EQ(
      ask("CreateKey", R"({"KeySpec":"HMAC_256","KeyUsage":"ENCRYPT_DECRYPT"})"),
      "ValidationException: KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec HMAC_256");
  EXPECT_EQ(ask("CreateKey", R"({"KeySpec":"SM2","KeyUsage":"SIGN_VERIFY"})").substr(0, 29),
            "UnsupportedOperationException");
  EXPECT_EQ(
      ask("CreateKey", R"({"Tags":[{"TagKey":"a","TagValue":""},{"TagKey":"a","TagValue":""}]})"),
      "TagException: Duplicate tag keys");
  EXPECT_THAT(ask("CreateKey", "{}", user("ann")),
              HasSubstr("because no identity-based policy allows the kms:CreateKey action"));
}

TEST_F(KmsOpsTest, EncryptAndDecrypt) {
  const std::string id = new_key();
  const std::string sealed =
      ask("Encrypt", with_key(id, R"("Plaintext":"aGVsbG8=","EncryptionContext":{"a":"1"})"));
  const std::string blob = member(sealed, "CiphertextBlob");
  const std::string opened =
      ask("Decrypt", R"({"CiphertextBlob":")" + blob + R"(","EncryptionContext":{"a":"1"}})");
  EXPECT_EQ(member(opened, "Plaintext"), "aGVsbG8=");
  EXPECT_EQ(member(opened, "KeyId"), member(sealed, "KeyId"));
  EXPECT_EQ(ask("Decrypt", R"({"CiphertextBlob":")" + blob + R"("})"),
            "InvalidCiphertextException: ");
  EXPECT_EQ(ask("Decrypt", R"({"CiphertextBlob":"Z2FyYmFnZQ=="})"), "InvalidCiphertextException: ");
  EXPECT_EQ(ask("Decrypt", R"({"CiphertextBlob":")" + blob + R"(","KeyId":")" + new_key() +
                               R"(","EncryptionContext":{"a":"1"}})"),
            "IncorrectKeyException: The key ID in the request does not identify a CMK that can "
            "perform this operation.");
  EXPECT_EQ(
      ask("Encrypt", with_key(id, R"("Plaintext":"aGVsbG8=","DryRun":true)")),
      "DryRunOperationException: The request would have succeeded, but the DryRun option is set.");
  EXPECT_THAT(
      ask("Decrypt", R"({"CiphertextBlob":")" + blob + R"(","EncryptionContext":{"a":"1"}})",
          root(kOther)),
      HasSubstr("AccessDeniedException"));
}

TEST_F(KmsOpsTest, SignAndVerify) {
  const std::string made =
      ask("CreateKey", R"({"KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY"})");
  EXPECT_THAT(made, HasSubstr(R"("SigningAlgorithms":["ECDSA_SHA_256"])"));
  EXPECT_EQ(made.find("CurrentKeyMaterialId"), std::string::npos);
  EXPECT_EQ(made.find("EncryptionAlgorithms"), std::string::npos);
  const std::string id = member(made, "KeyId");
  const std::string what = R"("Message":"aGVsbG8=","SigningAlgorithm":"ECDSA_SHA_256")";
  const std::string answer = ask("Sign", with_key(id, what));
  const std::string signature = member(answer, "Signature");
  const std::string json = audit::render_json(last_);
  EXPECT_THAT(json, HasSubstr(R"("signingAlgorithm":"ECDSA_SHA_256")"));
  EXPECT_THAT(json, HasSubstr(R"("messageType":"RAW")"));
  EXPECT_EQ(json.find("aGVsbG8="), json.npos);
  EXPECT_EQ(json.find(signature), json.npos);
  const std::string with = fmt::format(R"(,"Signature":"{}")", signature);
  EXPECT_THAT(ask("Verify", with_key(id, what + with)), HasSubstr(R"("SignatureValid":true)"));
  const std::string other = R"("Message":"aGVsbG9v","SigningAlgorithm":"ECDSA_SHA_256")";
  EXPECT_EQ(ask("Verify", with_key(id, other + with)), "KMSInvalidSignatureException: ");
  EXPECT_EQ(ask("Sign", with_key(id, R"("Message":"aGVsbG8=","SigningAlgorithm":"ECDSA_SHA_384")")),
            "InvalidKeyUsageException: Algorithm ECDSA_SHA_384 is incompatible with key spec "
            "ECC_NIST_P256.");
  EXPECT_EQ(ask("Sign", with_key(id, what + R"(,"MessageType":"DIGEST")")),
            "ValidationException: Digest is invalid length for algorithm ECDSA_SHA_256.");
  EXPECT_THAT(ask("Sign", with_key(id, what + R"(,"DryRun":true)")),
              HasSubstr("DryRunOperationException"));
  EXPECT_THAT(ask("Encrypt", with_key(id, R"("Plaintext":"aGVsbG8=")")),
              HasSubstr("key usage is SIGN_VERIFY which is not valid for Encrypt."));
  EXPECT_EQ(ask("RotateKeyOnDemand", with_key(id)), "UnsupportedOperationException: ");
  EXPECT_EQ(ask("GetPublicKey", with_key(new_key())), "UnsupportedOperationException: ");
}

TEST_F(KmsOpsTest, PoliciesSeeHowAKeySigns) {
  const std::string id =
      member(ask("CreateKey", R"({"KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY"})"), "KeyId");
  const std::string sign =
      with_key(id, R"("Message":"aGVsbG8=","SigningAlgorithm":"ECDSA_SHA_256")");
  auto where = [&](std::string_view key, std::string_view value) {
    return user("ann", fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",)"
                                   R"("Action":"kms:Sign","Resource":"*","Condition":)"
                                   R"({{"StringEquals":{{"{}":"{}"}}}}}}]}})",
                                   key, value));
  };
  for (auto [key, value, allowed] : {std::tuple{"kms:SigningAlgorithm", "ECDSA_SHA_256", true},
                                     {"kms:SigningAlgorithm", "ECDSA_SHA_384", false},
                                     {"kms:MessageType", "RAW", true},
                                     {"kms:MessageType", "DIGEST", false},
                                     {"kms:KeySpec", "ECC_NIST_P256", true},
                                     {"kms:KeyUsage", "ENCRYPT_DECRYPT", false}})
    EXPECT_EQ(ask("Sign", sign, where(key, value)).starts_with("{"), allowed) << key << value;
}

TEST_F(KmsOpsTest, EncryptionUnderRsa) {
  const std::string id =
      member(ask("CreateKey", R"({"KeySpec":"RSA_2048","KeyUsage":"ENCRYPT_DECRYPT"})"), "KeyId");
  const std::string rsa = R"(,"EncryptionAlgorithm":"RSAES_OAEP_SHA_256")";
  const std::string plain = R"("Plaintext":"aGVsbG8=")";
  const std::string blob =
      fmt::format(R"("CiphertextBlob":"{}")",
                  member(ask("Encrypt", with_key(id, plain + rsa)), "CiphertextBlob"));
  EXPECT_EQ(member(ask("Decrypt", with_key(id, blob + rsa)), "Plaintext"), "aGVsbG8=");
  EXPECT_EQ(ask("Decrypt", "{" + blob + rsa + "}"), "ValidationException: KeyId must not be null");
  EXPECT_EQ(ask("Decrypt", with_key(id, blob)), "InvalidCiphertextException: ");
  EXPECT_EQ(ask("Decrypt", with_key(new_key(), blob + rsa)),
            "InvalidKeyUsageException: Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec "
            "SYMMETRIC_DEFAULT.");
  const std::string default_refused =
      "InvalidKeyUsageException: Algorithm SYMMETRIC_DEFAULT is incompatible with key spec "
      "RSA_2048.";
  EXPECT_EQ(ask("Encrypt", with_key(id, plain)), default_refused);
  EXPECT_EQ(ask("GenerateDataKey", with_key(id, R"("KeySpec":"AES_256")")), default_refused);
  EXPECT_THAT(ask("Encrypt", with_key(id, plain + rsa + R"(,"EncryptionContext":{"a":"1"})")),
              HasSubstr("EncryptionContext is not supported"));
  const std::string moved =
      ask("ReEncrypt", fmt::format(R"({{{},"SourceKeyId":"{}","SourceEncryptionAlgorithm":)"
                                   R"("RSAES_OAEP_SHA_256","DestinationKeyId":"{}"}})",
                                   blob, id, new_key()));
  EXPECT_EQ(member(ask("Decrypt", fmt::format(R"({{"CiphertextBlob":"{}"}})",
                                              member(moved, "CiphertextBlob"))),
                   "Plaintext"),
            "aGVsbG8=");
  EXPECT_TRUE(member(moved, "SourceKeyMaterialId").empty());
  EXPECT_EQ(member(moved, "DestinationKeyMaterialId").size(), 64u);
}

TEST_F(KmsOpsTest, TheTrailKnowsTheContextButNoSecret) {
  const std::string id = new_key();
  const std::string answer =
      ask("GenerateDataKey", with_key(id, R"("KeySpec":"AES_256","EncryptionContext":{"a":"1"})"));
  EXPECT_EQ(member(answer, "Plaintext").size(), 44u);
  const std::string json = audit::render_json(last_);
  EXPECT_THAT(json, HasSubstr(R"("encryptionContext":{"a":"1"})"));
  EXPECT_THAT(json, HasSubstr(R"("keySpec":"AES_256")"));
  EXPECT_THAT(json, HasSubstr(member(answer, "KeyMaterialId")));
  EXPECT_EQ(json.find(member(answer, "Plaintext")), json.npos);
  EXPECT_EQ(json.find(member(answer, "CiphertextBlob")), json.npos);
}

TEST_F(KmsOpsTest, DataKeySizes) {
  const std::string id = new_key();
  const std::string neither =
      "ValidationException: Please specify either number of bytes or key spec.";
  EXPECT_EQ(ask("GenerateDataKey", with_key(id)), neither);
  EXPECT_EQ(ask("GenerateDataKey", with_key(id, R"("KeySpec":"AES_128","NumberOfBytes":16)")),
            neither);
  EXPECT_EQ(
      member(ask("GenerateDataKey", with_key(id, R"("KeySpec":"AES_128")")), "Plaintext").size(),
      24u);
  EXPECT_EQ(ask("GenerateDataKeyWithoutPlaintext", with_key(id, R"("NumberOfBytes":64)"))
                .find("Plaintext\""),
            std::string::npos);
  EXPECT_EQ(ask("GenerateRandom", "{}"), "ValidationException: NumberOfBytes is required.");
  EXPECT_EQ(member(ask("GenerateRandom", R"({"NumberOfBytes":3})"), "Plaintext").size(), 4u);
}

TEST_F(KmsOpsTest, ReEncryptNeedsBothKeys) {
  const std::string from = new_key(), to = new_key();
  const std::string blob =
      member(ask("Encrypt", with_key(from, R"("Plaintext":"aGVsbG8=")")), "CiphertextBlob");
  const std::string request = R"({"CiphertextBlob":")" + blob + R"(","DestinationKeyId":")" + to +
                              R"(","DestinationEncryptionContext":{"n":"1"}})";
  const std::string moved = ask("ReEncrypt", request);
  EXPECT_THAT(member(moved, "KeyId"), HasSubstr(to));
  EXPECT_EQ(member(ask("Decrypt", R"({"CiphertextBlob":")" + member(moved, "CiphertextBlob") +
                                      R"(","EncryptionContext":{"n":"1"}})"),
                   "Plaintext"),
            "aGVsbG8=");
  auto half = user(
      "ann",
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:ReEncryptFrom","Resource":"*"}]})");
  EXPECT_THAT(ask("ReEncrypt", request, half),
              HasSubstr("because no identity-based policy allows the kms:ReEncryptTo action"));
}

TEST_F(KmsOpsTest, LifeOfAKey) {
  const std::string id = new_key();
  const std::string arn = kms::key_arn(kRegion, kAccount, id);
  EXPECT_EQ(ask("DisableKey", with_key(id)), "{}");
  EXPECT_EQ(ask("Encrypt", with_key(id, R"("Plaintext":"aGVsbG8=")")),
            "DisabledException: " + arn + " is disabled.");
  EXPECT_EQ(ask("EnableKey", with_key(id)), "{}");
  EXPECT_EQ(ask("EnableKeyRotation", with_key(id, R"("RotationPeriodInDays":90)")), "{}");
  EXPECT_THAT(ask("GetKeyRotationStatus", with_key(id)), HasSubstr(R"("KeyRotationEnabled":true)"));
  EXPECT_EQ(ask("RotateKeyOnDemand", with_key(id)), R"({"KeyId":")" + arn + "\"}");
  EXPECT_THAT(ask("ListKeyRotations", with_key(id)), HasSubstr(R"("RotationType":"ON_DEMAND")"));
  EXPECT_THAT(ask("ScheduleKeyDeletion", with_key(id, R"("PendingWindowInDays":6)")),
              HasSubstr("ValidationException"));
  EXPECT_THAT(ask("ScheduleKeyDeletion", with_key(id, R"("PendingWindowInDays":7)")),
              HasSubstr(R"("KeyState":"PendingDeletion")"));
  EXPECT_THAT(ask("DescribeKey", with_key(id)), HasSubstr(R"("DeletionDate":)"));
  EXPECT_EQ(ask("EnableKey", with_key(id)),
            "KMSInvalidStateException: " + arn + " is pending deletion.");
  EXPECT_EQ(ask("CancelKeyDeletion", with_key(id)), R"({"KeyId":")" + arn + "\"}");
  EXPECT_THAT(ask("DescribeKey", with_key(id)), HasSubstr(R"("KeyState":"Disabled")"));
}

TEST_F(KmsOpsTest, Aliases) {
  const std::string id = new_key(), other = new_key();
  const std::string named = R"({"AliasName":"alias/app","TargetKeyId":")";
  EXPECT_EQ(ask("CreateAlias", named + id + "\"}"), "{}");
  EXPECT_THAT(ask("CreateAlias", named + id + "\"}"), HasSubstr("AlreadyExistsException"));
  EXPECT_THAT(ask("CreateAlias", R"({"AliasName":"app","TargetKeyId":")" + id + "\"}"),
              HasSubstr("Alias must start with the prefix"));
  EXPECT_EQ(ask("CreateAlias", R"({"AliasName":"alias/aws/x","TargetKeyId":")" + id + "\"}"),
            "NotAuthorizedException: ");
  EXPECT_EQ(ask("UpdateAlias", named + other + "\"}"), "{}");
  EXPECT_THAT(ask("DescribeKey", with_key("alias/app")), HasSubstr(other));
  EXPECT_THAT(ask("ListAliases", "{}"), HasSubstr(R"("TargetKeyId":")" + other));
  EXPECT_EQ(ask("ListAliases", with_key(id)), R"({"Aliases":[],"Truncated":false})");
  EXPECT_EQ(ask("DeleteAlias", R"({"AliasName":"alias/app"})"), "{}");
  EXPECT_EQ(ask("DeleteAlias", R"({"AliasName":"alias/app"})"),
            "NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/app is not found.");
  EXPECT_EQ(ask("EnableKey", with_key("alias/app")), "NotFoundException: Invalid keyId alias/app");
}

TEST_F(KmsOpsTest, PoliciesComeBackVerbatim) {
  const std::string id = new_key();
  const std::string policy = kms::default_policy(kAccount);
  std::string spaced = policy;
  spaced.insert(1, "  ");
  std::string escaped;
  for (char c : spaced) escaped += c == '"' ? "\\\"" : std::string(1, c);
  EXPECT_EQ(ask("PutKeyPolicy", with_key(id, R"("Policy":")" + escaped + "\"")), "{}");
  EXPECT_THAT(ask("GetKeyPolicy", with_key(id)), HasSubstr(escaped));
  EXPECT_EQ(ask("GetKeyPolicy", with_key(id, R"("PolicyName":"other")")),
            "NotFoundException: No such policy exists");
  EXPECT_EQ(ask("TagResource", with_key(id, R"("Tags":[{"TagKey":"aws:x","TagValue":""}])")),
            "TagException: Tags beginning with aws: are reserved");
}

TEST_F(KmsOpsTest, DescribingTheManagedKeyMakesIt) {
  const std::string described = ask("DescribeKey", with_key("alias/aws/s3"));
  EXPECT_THAT(described, HasSubstr(R"("KeyManager":"AWS")"));
  EXPECT_THAT(ask("ListAliases", "{}"), HasSubstr("alias/aws/s3"));
  EXPECT_THAT(ask("DisableKey", with_key(member(described, "KeyId"))),
              HasSubstr("because no resource-based policy allows the kms:DisableKey action"));
}

TEST_F(KmsOpsTest, ThereAreNoCustomKeyStores) {
  EXPECT_EQ(ask("DescribeCustomKeyStores", "{}"), R"({"CustomKeyStores":[],"Truncated":false})");
  EXPECT_EQ(ask("DescribeCustomKeyStores", R"({"CustomKeyStoreId":"cks-1"})"),
            "CustomKeyStoreNotFoundException: Custom key store cks-1 was not found.");
  EXPECT_EQ(ask("DescribeCustomKeyStores", R"({"CustomKeyStoreName":"n"})"),
            "CustomKeyStoreNotFoundException: Custom key store n was not found.");
  EXPECT_THAT(ask("DescribeCustomKeyStores", R"({"Marker":"x"})"),
              HasSubstr("InvalidMarkerException"));
  EXPECT_THAT(ask("DescribeCustomKeyStores", "{}", user("ann")),
              HasSubstr("no identity-based policy allows the kms:DescribeCustomKeyStores action"));
  const std::string refused = "UnsupportedOperationException: Custom key stores are not supported.";
  EXPECT_EQ(
      ask("CreateCustomKeyStore", R"({"CustomKeyStoreName":"n","KeyStorePassword":"unread-7"})"),
      refused);
  EXPECT_EQ(audit::render_json(last_).find("unread-7"), std::string::npos);
  for (const char* operation : {"ConnectCustomKeyStore", "DisconnectCustomKeyStore",
                                "UpdateCustomKeyStore", "DeleteCustomKeyStore"}) {
    EXPECT_EQ(ask(operation, R"({"CustomKeyStoreId":"cks-1"})"), refused);
    EXPECT_THAT(ask(operation, R"({"CustomKeyStoreId":"cks-1"})", user("ann")),
                HasSubstr("AccessDeniedException"));
    EXPECT_THAT(ask(operation, "{}"), HasSubstr("ValidationException"));
  }
}

TEST_F(KmsOpsTest, AGrantAllowsWhatItSays) {
  const std::string id = new_key(), arn = kms::key_arn(kRegion, kAccount, id);
  const std::string ann = "arn:aws:iam::111122223333:user/ann",
                    bob = "arn:aws:iam::111122223333:user/bob";
  const std::string encrypt =
      with_key(id, R"("Plaintext":"aGVsbG8=","EncryptionContext":{"a":"1","b":"2"})");
  EXPECT_THAT(ask("Encrypt", encrypt, user("ann")), HasSubstr("AccessDeniedException"));
  const std::string wanted = with_key(
      id,
      R"("GranteePrincipal":")" + ann + R"(","RetiringPrincipal":")" + bob +
          R"(","Name":"n","Operations":["Encrypt","CreateGrant"],"Constraints":{"EncryptionContextSubset":{"a":"1"}})");
  const std::string made = ask("CreateGrant", wanted);
  const std::string grant = member(made, "GrantId"), token = member(made, "GrantToken");
  EXPECT_EQ(grant.size(), 64u) << made;
  EXPECT_EQ(member(ask("CreateGrant", wanted), "GrantId"), grant);
  EXPECT_THAT(ask("Encrypt", encrypt, user("ann")), HasSubstr("CiphertextBlob"));
  EXPECT_THAT(ask("Encrypt", with_key(id, R"("Plaintext":"aGVsbG8=")"), user("ann")),
              HasSubstr("AccessDeniedException"));
  EXPECT_THAT(ask("Encrypt", encrypt, user("bob")), HasSubstr("AccessDeniedException"));
  const std::string child =
      with_key(id, R"("GranteePrincipal":")" + bob + R"(","Operations":["Encrypt"])");
  EXPECT_THAT(ask("CreateGrant", child, user("ann")), HasSubstr("AccessDeniedException"));
  restart();
  services_.kms = kms_.get();
  EXPECT_THAT(ask("Encrypt", encrypt, user("ann")), HasSubstr("CiphertextBlob"));
  EXPECT_THAT(ask("ListGrants", with_key(id)), HasSubstr(grant));
  EXPECT_THAT(ask("ListRetirableGrants", R"({"RetiringPrincipal":")" + bob + "\"}"),
              HasSubstr(grant));
  const std::string retire = R"({"GrantToken":")" + token + "\"}";
  EXPECT_THAT(ask("RetireGrant", retire, user("ann")), HasSubstr("AccessDeniedException"));
  EXPECT_EQ(ask("RetireGrant", retire, user("bob")), "{}");
  EXPECT_THAT(ask("Encrypt", encrypt, user("ann")), HasSubstr("AccessDeniedException"));
  EXPECT_EQ(ask("RevokeGrant", with_key(id, R"("GrantId":")" + grant + "\"")),
            "NotFoundException: Grant ID " + grant + " not found");
}

TEST_F(KmsOpsTest, GrantsFollowTheirKey) {
  const std::string id = new_key();
  const std::string made = ask(
      "CreateGrant",
      with_key(
          id,
          R"("GranteePrincipal":"arn:aws:iam::111122223333:user/ann","Operations":["Encrypt"])"));
  ASSERT_FALSE(member(made, "GrantId").empty()) << made;
  must(sync_wait(kms_->close_epoch()));
  restart();
  services_.kms = kms_.get();
  EXPECT_THAT(ask("Encrypt", with_key(id, R"("Plaintext":"aGVsbG8=")"), user("ann")),
              HasSubstr("CiphertextBlob"));
  ask("ScheduleKeyDeletion", with_key(id, R"("PendingWindowInDays":7)"));
  clock_.advance_business(8 * kms::kDayMs);
  EXPECT_EQ(must(sync_wait(kms_->delete_due())), 1u);
  for (const auto& row : rows_of(kAccount)) EXPECT_EQ(row.key.find("/grant/"), std::string::npos);
}

}  // namespace
}  // namespace coffer::api
