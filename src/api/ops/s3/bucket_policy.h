#pragma once
// The right to a bucket's policy. Source: S3 User Guide, "Bucket policies for Amazon S3".
#include "api/ops/s3/common.h"

namespace coffer::api::s3_ops {

// on_policy: the owner's root always reaches the policy, whatever it denies.
inline std::vector<Demand> on_policy(const Bucket& bucket, std::string action) {
  std::vector<Demand> out{on_bucket(bucket, std::move(action))};
  out.front().owner_root_always = true;
  return out;
}

// check_owner_account: the policy lets no other account manage the policy. Error: MethodNotAllowed.
inline Status check_owner_account(const Call& call, const Bucket& bucket) {
  if (call.caller.principal.account == bucket.owner) return ok_status();
  return Error{"MethodNotAllowed", "The specified method is not allowed against this resource."}
      .with("Method", call.request.method)
      .with("ResourceType", "BUCKETPOLICY");
}

}  // namespace coffer::api::s3_ops
