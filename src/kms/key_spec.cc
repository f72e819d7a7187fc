#include "kms/key_spec.h"

#include <algorithm>

namespace coffer::kms {

namespace {

constexpr std::string_view kOaep = "RSAES_OAEP_SHA_1|RSAES_OAEP_SHA_256";
constexpr std::string_view kRsaSignatures =
    "RSASSA_PKCS1_V1_5_SHA_256|RSASSA_PKCS1_V1_5_SHA_384|RSASSA_PKCS1_V1_5_SHA_512|"
    "RSASSA_PSS_SHA_256|RSASSA_PSS_SHA_384|RSASSA_PSS_SHA_512";

constexpr Suite kSuites[] = {
    {kSymmetricSpec, kEncryptDecrypt, kSymmetricSpec},
    {"RSA_2048", kEncryptDecrypt, kOaep},
    {"RSA_3072", kEncryptDecrypt, kOaep},
    {"RSA_4096", kEncryptDecrypt, kOaep},
    {"RSA_2048", kSignVerify, kRsaSignatures},
    {"RSA_3072", kSignVerify, kRsaSignatures},
    {"RSA_4096", kSignVerify, kRsaSignatures},
    {"ECC_NIST_P256", kSignVerify, "ECDSA_SHA_256"},
    {"ECC_NIST_P384", kSignVerify, "ECDSA_SHA_384"},
    {"ECC_NIST_P521", kSignVerify, "ECDSA_SHA_512"},
    {"ECC_SECG_P256K1", kSignVerify, "ECDSA_SHA_256"},
    {"ECC_NIST_P256", kKeyAgreement, "ECDH"},
    {"ECC_NIST_P384", kKeyAgreement, "ECDH"},
    {"ECC_NIST_P521", kKeyAgreement, "ECDH"},
    {"HMAC_224", kGenerateVerifyMac, "HMAC_SHA_224"},
    {"HMAC_256", kGenerateVerifyMac, "HMAC_SHA_256"},
    {"HMAC_384", kGenerateVerifyMac, "HMAC_SHA_384"},
    {"HMAC_512", kGenerateVerifyMac, "HMAC_SHA_512"},
};

struct PairSpec {
  std::string_view name;
  crypto::KeyPairType type;
};
constexpr PairSpec kPairs[] = {{"RSA_2048", crypto::KeyPairType::kRsa2048},
                               {"RSA_3072", crypto::KeyPairType::kRsa3072},
                               {"RSA_4096", crypto::KeyPairType::kRsa4096},
                               {"ECC_NIST_P256", crypto::KeyPairType::kP256},
                               {"ECC_NIST_P384", crypto::KeyPairType::kP384},
                               {"ECC_NIST_P521", crypto::KeyPairType::kP521},
                               {"ECC_SECG_P256K1", crypto::KeyPairType::kSecp256k1}};

// parts calls use(part) for each of a list joined by '|'.
template <class Use>
void parts(std::string_view list, Use use) {
  for (size_t from = 0; from <= list.size();) {
    const size_t end = std::min(list.find('|', from), list.size());
    use(list.substr(from, end - from));
    from = end + 1;
  }
}

}  // namespace

bool lists(std::string_view list, std::string_view name) {
  bool found = false;
  parts(list, [&](std::string_view part) { found = found || part == name; });
  return found;
}

const Suite* suite_of(std::string_view spec, std::string_view usage) {
  for (const Suite& suite : kSuites)
    if (suite.spec == spec && suite.usage == usage) return &suite;
  return nullptr;
}

std::vector<std::string> algorithms_of(const Key& key) {
  std::vector<std::string> out;
  if (const Suite* suite = suite_of(key.spec, key.usage))
    parts(suite->algorithms, [&](std::string_view part) { out.emplace_back(part); });
  return out;
}

Family family_of(std::string_view spec) {
  if (spec == kSymmetricSpec) return Family::kSymmetric;
  return spec.starts_with("HMAC_") ? Family::kHmac : Family::kKeyPair;
}

std::optional<crypto::KeyPairType> key_pair_type(std::string_view spec) {
  for (const PairSpec& pair : kPairs)
    if (pair.name == spec) return pair.type;
  return std::nullopt;
}

size_t secret_bytes(std::string_view spec) {
  if (spec == "HMAC_224") return 28;
  if (spec == "HMAC_384") return 48;
  return spec == "HMAC_512" ? 64 : 32;
}

Status check_usage(const Key& key, std::string_view usage, std::string_view operation) {
  if (key.usage == usage) return ok_status();
  return Error{"InvalidKeyUsageException",
               fmt::format("{} key usage is {} which is not valid for {}.", key.arn(), key.usage,
                           operation)};
}

Status check_algorithm(const Key& key, std::string_view algorithm) {
  const Suite* suite = suite_of(key.spec, key.usage);
  if (suite != nullptr && lists(suite->algorithms, algorithm)) return ok_status();
  return Error{"InvalidKeyUsageException",
               fmt::format("Algorithm {} is incompatible with key spec {}.", algorithm, key.spec)};
}

Status check_symmetric(const Key& key, std::string_view operation) {
  TRY_OK(check_usage(key, kEncryptDecrypt, operation));
  return check_algorithm(key, kSymmetricSpec);
}

}  // namespace coffer::kms
