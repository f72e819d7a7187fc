#pragma once
// Object Lock in requests, decisions and answers. Source: S3 User Guide, "Locking objects with
// Object Lock"; Service Authorization Reference, "Condition keys for Amazon S3".
#include "api/ops/s3/common.h"
#include "s3/bucket/configuration.h"

namespace coffer::api::s3_ops {

struct LockHeaders {
  std::optional<std::string> mode, until, legal_hold;
  static constexpr auto shape() {
    using H = LockHeaders;
    return fields(header<&H::mode>("x-amz-object-lock-mode"),
                  header<&H::until>("x-amz-object-lock-retain-until-date"),
                  header<&H::legal_hold>("x-amz-object-lock-legal-hold"));
  }
  bool any() const { return mode || until || legal_hold; }
  // lock: Errors InvalidArgument, MalformedXML's like are not for headers.
  Result<s3::ObjectLock> lock(UnixMs now_ms) const;
};

// parse_retention holds a retention's two halves. Errors: MalformedXML, InvalidArgument.
Result<s3::Retention> parse_retention(const std::string& mode, UnixMs until_ms, UnixMs now_ms);
// check_bucket_lock: Error InvalidRequest where the bucket has no Object Lock.
Status check_bucket_lock(const Bucket& bucket);
// add_lock_demands: the rights to put what `lock` says on an object.
void add_lock_demands(std::vector<Demand>& demands, const Bucket& bucket, std::string_view key,
                      const s3::ObjectLock& lock, UnixMs now_ms);
// set_lock_conditions sets s3:object-lock-mode and its like.
void set_lock_conditions(Demand& demand, const s3::ObjectLock& lock, UnixMs now_ms);
// bypass_demand is the right to pass over GOVERNANCE.
Demand bypass_demand(const Bucket& bucket, std::string_view key);
// default_retention is what a new object of the bucket is kept by where its request says nothing.
std::optional<s3::Retention> default_retention(const Bucket& bucket, UnixMs now_ms);

}  // namespace coffer::api::s3_ops
