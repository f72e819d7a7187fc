#pragma once
// Target is what an identifier means to one caller: a key, or the reason why there is none. Nothing
// of it may reach the caller before the caller's right has been decided: an absent key is told only
// to who could have used it, another account's never.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kms/data_keys.h"
#include "kms/key.h"

namespace coffer::kms {

struct Target {
  KeyPtr key;  // null: there is none; not made(): an aws/s3 key whose first use this may be
  std::string account;        // whose it is, or would be
  std::string arn;            // the key's full ARN; of an alias that does not exist, the alias's
  std::string request_alias;  // "alias/x" where the caller named it so
  std::shared_ptr<const std::vector<std::string>> aliases;  // of the key; null: none
  std::optional<Error> missing;     // where `key` is null: what the owner's principals read
  bool through_ciphertext = false;  // the key was found through a ciphertext, not named
};

enum class Names : uint8_t { kKeysOnly, kKeysAndAliases };

// Identifier is a key identifier taken apart. `alias`: "alias/x", else empty; `key_id`: else.
struct Identifier {
  std::string account, region, key_id, alias;
};
// parse_identifier fills a bare ID's or name's account and Region from the caller's. Errors:
// NotFoundException ("Invalid keyId 'x'", "Invalid arn REGION", "Invalid keyId alias/x" where
// aliases are not taken), InvalidArnException.
Result<Identifier> parse_identifier(std::string_view text, std::string_view account,
                                    std::string_view region, Names names);

bool is_key_id(std::string_view text);  // a UUID, or mrk- and 32 lower hex digits

// demand_of states what using or managing `target` takes: action "kms:" + `operation` under the
// key's policy, with the condition keys that the key and the encryption context give. Who adds
// conditions of the operation's own sets them on the answer. For a key that does not exist in the
// caller's own account the caller's policies alone decide, so that who could not use any key does
// not learn that it is absent.
authz::Demand demand_of(const Target& target, std::string_view caller_account,
                        std::string_view operation, const EncryptionContext* context = nullptr);
// demand_when_asked is the same demand for a decision made at once: it refers to `target` and
// `context`, and works the condition keys out only where a policy asks for one.
authz::Demand demand_when_asked(const Target& target, std::string_view caller_account,
                                std::string_view operation, const EncryptionContext* context);
// set_tag_conditions sets aws:RequestTag/KEY and aws:TagKeys.
void set_tag_conditions(authz::Demand& demand, const std::map<std::string, std::string>& tags);

}  // namespace coffer::kms
