#pragma once
// What keys of each spec and usage do, and which algorithms they know. Tables alone; any thread.
// Source: KMS Developer Guide, "Key spec reference"; KMS API Reference, CreateKey.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/key_pair.h"
#include "kms/key.h"

namespace coffer::kms {

inline constexpr std::string_view kEncryptDecrypt = "ENCRYPT_DECRYPT";
inline constexpr std::string_view kSignVerify = "SIGN_VERIFY";
inline constexpr std::string_view kGenerateVerifyMac = "GENERATE_VERIFY_MAC";
inline constexpr std::string_view kKeyAgreement = "KEY_AGREEMENT";

// lists tells whether `name` is one of a list joined by '|'.
bool lists(std::string_view list, std::string_view name);

// Suite is one combination of spec and usage that AWS offers. `algorithms`: joined by '|'.
struct Suite {
  std::string_view spec, usage, algorithms;
};
const Suite* suite_of(std::string_view spec, std::string_view usage);  // null: no such combination
std::vector<std::string> algorithms_of(const Key& key);

// Kind of a spec's material: what makes two keys of the same type, as aliases need them.
enum class Family : uint8_t { kSymmetric, kKeyPair, kHmac };
Family family_of(std::string_view spec);
// key_pair_type of a spec; nullopt: it has no key pair.
std::optional<crypto::KeyPairType> key_pair_type(std::string_view spec);
// secret_bytes is the length of a spec's material where that is random bytes.
size_t secret_bytes(std::string_view spec);

// Errors of both: InvalidKeyUsageException. `operation` as the refusal names it.
Status check_usage(const Key& key, std::string_view usage, std::string_view operation);
Status check_algorithm(const Key& key, std::string_view algorithm);
// check_symmetric is both, for what only symmetric encryption keys do.
Status check_symmetric(const Key& key, std::string_view operation);

}  // namespace coffer::kms
