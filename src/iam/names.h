#pragma once
// Names, identifiers and their rules. Pure.
// Source: IAM User Guide, "IAM identifiers" and "IAM and AWS STS quotas, name requirements, and
// character limits".
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "iam/types.h"

namespace coffer::iam {

// check_name refuses what is not [A-Za-z0-9_+=,.@-]{1,max}; `member` is how the refusal names it
// ("userName").
Status check_name(std::string_view member, std::string_view name, size_t max);
// check_path takes "/" and "/…/", at most 512 characters.
Status check_path(std::string_view path);
Status check_tags(const std::vector<Tag>& tags);

// unique_id is `prefix` ("AIDA") and 17 random characters of A-Z2-7.
std::string unique_id(Random& random, std::string_view prefix);
// access_key_id draws an ID of 20 characters that holds the account's number as AWS's do;
// account_in reads it back. An ID that was not drawn by us may hold any number: it is a hint.
std::string access_key_id(Random& random, std::string_view prefix, std::string_view account);
std::optional<std::string> account_in(std::string_view access_key_id);
// secret_access_key draws 40 characters of base64's alphabet.
Secret secret_access_key(Random& random);
std::string organization_id(Random& random);

// size_without_space counts what the policy quotas count.
size_t size_without_space(std::string_view document);

// Markers of lists: opaque to the client.
std::string encode_marker(std::string_view last);
Result<std::string> decode_marker(
    const std::optional<std::string>& marker);      // empty: from the beginning
Result<size_t> page_size(const PageRequest& page);  // default 100

}  // namespace coffer::iam
