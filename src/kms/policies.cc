#include "kms/policies.h"

#include "authz/engine.h"
#include "kms/target.h"

namespace coffer::kms {

std::string default_policy(std::string_view account) {
  return fmt::format(
      R"({{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow",)"
      R"("Principal":{{"AWS":"arn:aws:iam::{}:root"}},"Action":"kms:*","Resource":"*"}}]}})",
      account);
}

std::string managed_policy(std::string_view account, std::string_view region) {
  return fmt::format(
      R"({{"Version":"2012-10-17","Id":"auto-s3-2","Statement":[)"
      R"({{"Sid":"Allow access through S3 for all principals in the account that are authorized to use S3","Effect":"Allow",)"
      R"("Principal":{{"AWS":"*"}},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],)"
      R"("Resource":"*","Condition":{{"StringEquals":{{"kms:CallerAccount":"{0}","kms:ViaService":"s3.{1}.amazonaws.com"}}}}}},)"
      R"({{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{0}:root"}},)"
      R"("Action":["kms:Describe*","kms:Get*","kms:List*"],"Resource":"*"}}]}})",
      account, region);
}

Result<KeyPolicy> check_policy(const std::string& text,
                               const authz::PrincipalDirectory& principals) {
  if (text.size() > kPolicyBytesMax)
    return Error{"LimitExceededException",
                 fmt::format("The key policy is larger than {} bytes.", kPolicyBytesMax)};
  TRY(auto policy, authz::Policy::parse(text, authz::PolicyKind::kKey));
  TRY(auto bindings, authz::bind_principals(*policy, principals));
  auto bound = bindings.empty() ? policy : policy->with_bindings(bindings);
  return KeyPolicy{.compiled = std::move(bound), .bindings = std::move(bindings)};
}

Status check_lockout(const authz::RequestContext& caller, const Key& key, const KeyPolicy& policy) {
  auto with_it = std::make_shared<Key>(key);
  with_it->policy = policy;
  const Target target{.key = std::move(with_it), .account = key.account, .arn = key.arn()};
  if (authz::decide(caller, demand_of(target, caller.principal.account, "PutKeyPolicy")).allowed)
    return ok_status();
  return Error{"MalformedPolicyDocumentException",
               "The new key policy will not allow you to update the key policy in the future."};
}

}  // namespace coffer::kms
