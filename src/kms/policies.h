#pragma once
// Key policies: the defaults, and what a policy must be to be put.
// Source: KMS Developer Guide, "Key policies in AWS KMS", "Default key policy".
#include <string>

#include "authz/context.h"
#include "base/result.h"
#include "kms/key.h"

namespace coffer::kms {

std::string default_policy(std::string_view account);
// managed_policy is that of an account's aws/s3 key: whoever may use S3 in the account, through S3
// of this Region.
std::string managed_policy(std::string_view account, std::string_view region);

// check_policy validates and compiles `text` for the key, and binds the principals it names to
// their unique IDs. Errors: LimitExceededException (over 32 KiB), MalformedPolicyDocumentException.
Result<KeyPolicy> check_policy(const std::string& text,
                               const authz::PrincipalDirectory& principals);

// check_lockout refuses a policy under which `caller` could not put another one.
Status check_lockout(const authz::RequestContext& caller, const Key& key, const KeyPolicy& policy);

}  // namespace coffer::kms
