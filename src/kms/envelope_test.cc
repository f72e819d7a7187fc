#include "kms/envelope.h"

#include "base/encoding.h"
#include "kms/testing/fixture.h"

namespace coffer::kms {
namespace {

Key fixed_key(std::string id = "1234abcd-12ab-34cd-56ef-1234567890ab") {
  Key key;
  key.account = kAccount;
  key.region = kRegion;
  key.id = std::move(id);
  Material m;
  m.id.fill(0x11);
  m.opened = std::make_shared<const Secret>(Secret::copy_of(std::string(32, '\x22')));
  key.materials.push_back(std::move(m));
  return key;
}

std::string opened(const Key& key, const EncryptionContext& context, ByteView blob) {
  auto out = open_blob(key, context, blob);
  return out.ok() ? std::string(out->plaintext.reveal(KmsAccess::get()))
                  : out.error().code + "|" + out.error().message;
}

TEST(Envelope, GoldenBytes) {
  SeededRandom random(1);
  const Key key = fixed_key();
  const Bytes blob = seal_blob(key, {{"a", "1"}, {"b", ""}}, Secret::copy_of("hello"), random);
  EXPECT_EQ(blob.size(), 113u + 5 + 16);
  EXPECT_EQ(hex(ByteView(blob).substr(0, 65)),
            "43464b01"
            "313131313232323233333333"
            "001234abcd12ab34cd56ef1234567890ab"
            "1111111111111111111111111111111111111111111111111111111111111111");
  EXPECT_EQ(hex(ByteView(blob).substr(65)),
            "c15c0289ec2d0a9167ec8e65a18debbe"
            "4efe960e9c0f28479c5a0eebf047b65024552e8f071346e971bc67d5ed6cc937"
            "70389b7a10"
            "3163375e75e84ec55155e1c2fb9457d4");
  EXPECT_EQ(opened(key, {{"a", "1"}, {"b", ""}}, blob), "hello");
}

TEST(Envelope, EveryFlippedByteIsRefusedAlike) {
  crypto::SystemRandom random;
  const Key key = fixed_key();
  const EncryptionContext context{{"bucket", "b"}};
  const Bytes blob = seal_blob(key, context, Secret::copy_of("plaintext"), random);
  for (size_t i = 0; i < blob.size(); ++i)
    for (int bit : {0, 3, 7}) {
      Bytes damaged = blob;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      EXPECT_EQ(opened(key, context, damaged), "InvalidCiphertextException|") << i;
    }
  for (size_t n = 0; n < blob.size(); ++n)
    EXPECT_EQ(opened(key, context, ByteView(blob).substr(0, n)), "InvalidCiphertextException|");
  EXPECT_EQ(opened(key, context, blob + "x"), "InvalidCiphertextException|");
}

TEST(Envelope, BindsTheContextInjectively) {
  crypto::SystemRandom random;
  const Key key = fixed_key();
  const Bytes blob = seal_blob(key, {{"ab", "c"}}, Secret::copy_of("x"), random);
  EXPECT_EQ(opened(key, {{"ab", "c"}}, blob), "x");
  for (const EncryptionContext& other :
       {EncryptionContext{}, {{"a", "bc"}}, {{"ab", "C"}}, {{"ab", "c"}, {"d", ""}}})
    EXPECT_EQ(opened(key, other, blob), "InvalidCiphertextException|");
}

TEST(Envelope, TheSameMaterialInAnotherKeyOpensNothing) {
  crypto::SystemRandom random;
  const Bytes blob = seal_blob(fixed_key(), {}, Secret::copy_of("x"), random);
  const Key other = fixed_key("1234abcd-12ab-34cd-56ef-1234567890ac");
  EXPECT_EQ(opened(other, {}, blob), "InvalidCiphertextException|");
  Bytes renamed = blob;
  renamed.replace(0, 33, seal_blob(other, {}, Secret::copy_of("x"), random), 0, 33);
  EXPECT_EQ(opened(other, {}, renamed), "InvalidCiphertextException|");
}

TEST(Envelope, MultiRegionIds) {
  crypto::SystemRandom random;
  const Key key = fixed_key("mrk-1234abcd12ab34cd56ef1234567890ab");
  const Bytes blob =
      seal_blob(key, {}, Secret::copy_of(std::string(kPlaintextBytesMax, 'p')), random);
  EXPECT_LE(blob.size(), kBlobBytesMax);
  EXPECT_EQ(parse_blob(blob)->key_id, key.id);
  EXPECT_EQ(opened(key, {}, blob).size(), kPlaintextBytesMax);
}

TEST(Envelope, ContextForTheTrail) {
  EXPECT_EQ(context_json({}), "{}");
  EXPECT_EQ(context_json({{"b", "q\"\\\n"}, {"a", "ü"}}),
            "{\"a\":\"ü\",\"b\":\"q\\\"\\\\\\u000a\"}");
  EXPECT_TRUE(check_context({{"a", std::string(8183, 'x')}}).ok());
  EXPECT_FALSE(check_context({{"a", std::string(8184, 'x')}}).ok());
}

}  // namespace
}  // namespace coffer::kms
