// Any text as a policy of each kind; what compiles is then asked about fixed requests. The first
// byte chooses the request.
#include <cstdint>
#include <string>

#include "authz/engine.h"
#include "authz/policy.h"

namespace coffer::authz {
namespace {

RequestContext caller_of(uint8_t choice) {
  RequestContext out;
  out.region = "us-east-1";
  out.now_ms = 1'781'524'800'000;
  out.source_ip = choice & 8 ? "2001:db8::1" : "203.0.113.7";
  out.conditions.set("s3:prefix", "home/alice");
  out.conditions.set("aws:TagKeys", std::vector<std::string>{"a", "b"});
  out.conditions.set("s3:max-keys", "10");
  out.conditions.set("aws:SourceArn", "arn:aws:sns:us-east-1:111111111111:t");
  if (choice % 4 == 0) return out;
  if (choice % 4 == 1) {
    out.principal = Principal::root("111111111111");
    return out;
  }
  Principal& p = out.principal;
  p.type = choice % 4 == 2 ? PrincipalType::kUser : PrincipalType::kAssumedRole;
  p.account = choice & 16 ? "222222222222" : "111111111111";
  p.arn = p.type == PrincipalType::kUser ? "arn:aws:iam::111111111111:user/alice"
                                         : "arn:aws:sts::111111111111:assumed-role/r/s";
  p.role_arn = "arn:aws:iam::111111111111:role/r";
  p.name = "alice";
  p.principal_id = "AIDAABCDEFGHIJKLMNOP";
  p.tags = {{"team", "*"}};
  p.token_issued_ms = out.now_ms - 60'000;
  return out;
}

Demand demand_of(uint8_t choice, ResourceRule rule) {
  Demand out;
  const bool kms = rule == ResourceRule::kKeyPolicy;
  out.action = kms                                  ? "kms:Decrypt"
               : rule == ResourceRule::kTrustPolicy ? "sts:AssumeRole"
                                                    : "s3:GetObject";
  out.resource = kms ? "arn:aws:kms:us-east-1:111111111111:key/1" : "arn:aws:s3:::b/home/alice/k";
  if (choice & 32) out.also_resources.push_back("arn:aws:s3:::b");
  out.resource_account = "111111111111";
  out.rule = rule;
  return out;
}

void ask(const std::shared_ptr<const Policy>& policy, uint8_t choice) {
  RequestContext caller = caller_of(choice);
  Demand demand = demand_of(choice, ResourceRule::kIdentityOnly);
  switch (policy->kind()) {
    case PolicyKind::kBucket:
      demand = demand_of(choice, ResourceRule::kBucketPolicy);
      demand.resource_policy = policy;
      break;
    case PolicyKind::kKey:
      demand = demand_of(choice, ResourceRule::kKeyPolicy);
      demand.resource_policy = policy;
      break;
    case PolicyKind::kTrust:
      demand = demand_of(choice, ResourceRule::kTrustPolicy);
      demand.resource_policy = policy;
      break;
    case PolicyKind::kBoundary:
      caller.policies.boundary = NamedPolicy{"p", policy};
      break;
    case PolicyKind::kSession:
      caller.policies.session.push_back({"p", policy});
      break;
    case PolicyKind::kServiceControl:
      caller.policies.service_control.push_back({{"p", policy}});
      break;
    case PolicyKind::kIdentity:
      caller.policies.identity.push_back({"p", policy});
  }
  const Decision decision = decide(caller, demand);
  if (!decision.allowed) (void)denied(DenialStyle::kS3, caller, demand, decision);
  (void)policy->grants_public();
  (void)policy->with_bindings({{"arn:aws:iam::111111111111:user/alice", "AIDA1"}})->principals();
}

}  // namespace
}  // namespace coffer::authz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coffer::authz;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const PolicyKind kind :
       {PolicyKind::kIdentity, PolicyKind::kBoundary, PolicyKind::kSession,
        PolicyKind::kServiceControl, PolicyKind::kBucket, PolicyKind::kKey, PolicyKind::kTrust}) {
    auto policy = Policy::parse(text, kind, data[0] & 64 ? "arn:aws:s3:::b" : "");
    if (policy.ok()) ask(*policy, data[0]);
  }
  return 0;
}
