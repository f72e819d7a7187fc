#pragma once
// Lifecycle does what the buckets' rules say, by the business clock: objects that are old enough go
// as a client's deletion would make them go, old versions and lone delete markers for good, uploads
// that nobody completed are aborted. What a lock protects stays. No bucket policy has a say, as at
// AWS. Whatever was written since the rules were judged stays, too.
#include "s3/lifecycle/rules.h"
#include "s3/s3.h"

namespace coffer::s3 {

class Lifecycle {
 public:
  Lifecycle(S3& s3, Clock& clock, Random& random) : s3_(s3), clock_(clock), random_(random) {}

  // apply works through every bucket that has rules and answers how much it did. A bucket that
  // fails keeps no other from its turn.
  Task<Result<size_t>> apply();

 private:
  using Item = ListedVersions::Item;
  Task<Result<size_t>> apply_to(BucketPtr bucket);
  Task<Result<size_t>> expire(BucketPtr bucket);
  Task<Result<size_t>> expire_key(BucketPtr bucket, std::vector<Item> versions);
  Task<Result<bool>> expire_version(BucketPtr bucket, const Item& item);
  Task<Result<size_t>> abort_uploads(BucketPtr bucket);

  S3& s3_;
  Clock& clock_;
  Random& random_;
};

}  // namespace coffer::s3
