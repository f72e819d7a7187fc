#pragma once
// The sentences with which IAM, S3 and KMS refuse a policy document.
#include <string_view>

#include "authz/policy.h"

namespace coffer::authz {

enum class PolicyFault : uint8_t {
  kNotJson,
  kSyntax,
  kVersion,
  kNoStatement,
  kNoEffect,
  kEffect,
  kNoAction,
  kNoResource,
  kNoPrincipal,
  kHasPrincipal,
  kHasResource,
  kPrincipal,
  kNotPrincipalAllow,
  kSid,
  kDuplicateSid,
  kActionVendor,
  kActionColons,
  kActionForeign,
  kResource,
  kResourceFields,
  kResourceForeign,
  kConditionOperator,
  kConditionKey,
  kConditionValue,
};

// malformed is the refusal of a policy of `kind`. `subject`: the value at fault, where the sentence
// quotes it.
Error malformed(PolicyKind kind, PolicyFault fault, std::string_view subject = {});

}  // namespace coffer::authz
