#include "authz/malformed.h"

#include <fmt/format.h>

namespace coffer::authz {

namespace {

std::string iam_text(PolicyKind kind, PolicyFault fault, std::string_view subject) {
  const bool trust = kind == PolicyKind::kTrust;
  switch (fault) {
    case PolicyFault::kNotJson:
      return trust ? "This policy contains invalid Json" : "Syntax errors in policy.";
    case PolicyFault::kVersion:
      return trust ? "Syntax errors in policy."
                   : "Policy document must be version 2012-10-17 or greater.";
    case PolicyFault::kNoAction:
      return trust ? "Missing required field Action" : "Policy statement must contain actions.";
    case PolicyFault::kNoResource:
      return "Policy statement must contain resources.";
    case PolicyFault::kNoPrincipal:
      return "Missing required field Principal";
    case PolicyFault::kHasPrincipal:
      return "Policy document should not specify a principal.";
    case PolicyFault::kHasResource:
      return "Has prohibited field Resource";
    case PolicyFault::kPrincipal:
      return fmt::format("Invalid principal in policy: {}", subject);
    case PolicyFault::kNotPrincipalAllow:
      return "Allow with NotPrincipal is not allowed.";
    case PolicyFault::kSid:
      return "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
             "regular expression [A-Za-z0-9]*";
    case PolicyFault::kDuplicateSid:
      return "Statement IDs (SID) in a single policy must be unique.";
    case PolicyFault::kActionVendor:
    case PolicyFault::kConditionKey:
      return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    case PolicyFault::kActionColons:
      return "Actions/Condition can contain only one colon.";
    case PolicyFault::kActionForeign:
      return "AssumeRole policy may only specify STS AssumeRole actions.";
    case PolicyFault::kResource:
      return fmt::format("Resource {} must be in ARN format or \"*\".", subject);
    case PolicyFault::kResourceFields:
      return "The policy failed legacy parsing";
    default:
      return "Syntax errors in policy.";
  }
}

std::string s3_text(PolicyFault fault, std::string_view subject) {
  switch (fault) {
    case PolicyFault::kNotJson:
      return "Policies must be valid JSON and the first byte must be '{'";
    case PolicyFault::kVersion:
      return "The policy must contain a valid version string";
    case PolicyFault::kNoStatement:
      return "Missing required field Statement";
    case PolicyFault::kNoEffect:
      return "Missing required field Effect";
    case PolicyFault::kEffect:
      return fmt::format("Invalid effect: {}", subject);
    case PolicyFault::kNoAction:
      return "Missing required field Action";
    case PolicyFault::kNoResource:
      return "Missing required field Resource";
    case PolicyFault::kNoPrincipal:
      return "Missing required field Principal";
    case PolicyFault::kPrincipal:
      return "Invalid principal in policy";
    case PolicyFault::kNotPrincipalAllow:
      return "Allow with NotPrincipal is not allowed.";
    case PolicyFault::kDuplicateSid:
      return "Statement IDs (SID) in a single policy must be unique.";
    case PolicyFault::kActionVendor:
    case PolicyFault::kActionColons:
    case PolicyFault::kActionForeign:
      return "Policy has invalid action";
    case PolicyFault::kResource:
    case PolicyFault::kResourceFields:
    case PolicyFault::kResourceForeign:
      return "Policy has invalid resource";
    case PolicyFault::kConditionOperator:
      return fmt::format("Invalid Condition type : {}", subject);
    case PolicyFault::kConditionKey:
      return "Policy has an invalid condition key";
    default:
      return "Invalid policy syntax.";
  }
}

std::string kms_text(PolicyFault fault, std::string_view subject) {
  switch (fault) {
    case PolicyFault::kNoStatement:
      return "Missing required field Statement";
    case PolicyFault::kNoEffect:
      return "Missing required field Effect";
    case PolicyFault::kNoPrincipal:
      return "Policy contains a statement with no principal.";
    case PolicyFault::kPrincipal:
      return "Policy contains a statement with one or more invalid principals.";
    case PolicyFault::kVersion:
      return "Syntax errors in policy.";
    default:
      return iam_text(PolicyKind::kKey, fault, subject);
  }
}

}  // namespace

Error malformed(PolicyKind kind, PolicyFault fault, std::string_view subject) {
  switch (kind) {
    case PolicyKind::kBucket:
      return {"MalformedPolicy", s3_text(fault, subject)};
    case PolicyKind::kKey:
      return {"MalformedPolicyDocumentException", kms_text(fault, subject)};
    case PolicyKind::kServiceControl:
      return {"MalformedPolicyDocumentException",
              "The provided policy document does not meet the requirements of the specified policy "
              "type."};
    default:
      return {"MalformedPolicyDocument", iam_text(kind, fault, subject)};
  }
}

}  // namespace coffer::authz
